using System.Buffers;
using BenchmarkDotNet.Attributes;
using Google.Protobuf;
using Messaging.Service.Delivery;
using Messaging.Service.Ledger;
using Messaging.V1;

namespace Messaging.Benchmarks.Micro;

/// <summary>A frame on its way up and down, without gRPC around it.</summary>
[MemoryDiagnoser]
public class Frames
{
    private readonly byte[] _message = new Frame { Message = MicroRecords.NewMessage() }.ToByteArray();

    private readonly byte[] _acknowledgement = new Frame
    {
        Signal = new Signal { SignalOffset = 12_345, SignalAckState = new SignalAckState { Received = true } },
    }.ToByteArray();

    private readonly EntryFrames _entries = new(new Party("bench-2", "load"));
    private readonly ArrayBufferWriter<byte> _output = new(4096);
    private QueueEntry _entry;

    [GlobalSetup]
    public void Fill()
    {
        var record = new MicroRecords().Next(1).First();
        _entry = new QueueEntry(new SignalOffset(1), record, Place: 1, MessageState.Sent);
    }

    [Benchmark]
    public object ParseMessage() => Frame.Parser.ParseFrom(_message);

    [Benchmark]
    public object ParseAcknowledgement() => Frame.Parser.ParseFrom(_acknowledgement);

    [Benchmark]
    public int WriteEntry()
    {
        _output.ResetWrittenCount();
        _entries.For(_entry, SignalRequest.Push)!.WriteTo(_output);
        return _output.WrittenCount;
    }
}
