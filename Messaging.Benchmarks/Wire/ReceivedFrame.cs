using System.Text;
using Messaging.V1;

namespace Messaging.Benchmarks.Wire;

/// <summary>
/// The fields of one frame that a load checks, read by hand: the generated classes would allocate for every one.
/// The spans lie in the bytes it was read from.
/// </summary>
internal ref struct ReceivedFrame
{
    public bool IsMessage { get; private set; }
    public ReadOnlySpan<byte> Id { get; private set; }
    public int SignalOffset { get; private set; }
    public int UserOffset { get; private set; }
    public ReadOnlySpan<byte> From { get; private set; }
    public int PayloadLength { get; private set; }
    public SignalKind Kind { get; private set; }
    public SignalType Role { get; private set; }
    public SignalStatus Status { get; private set; }
    public ReadOnlySpan<byte> Error { get; private set; }
    public bool IsAdvanced { get; private set; }
    public bool IsSend { get; private set; }
    public bool IsReceived { get; private set; }

    /// <summary>Protocol §3: an entry of the queue has `from`, an answer has none.</summary>
    public readonly bool IsEntry => !From.IsEmpty;

    /// <summary>Protocol §2.</summary>
    public readonly bool IsPosition =>
        !IsMessage && !IsEntry && Role == SignalType.Device && Kind == SignalKind.Response && !IsSend && !IsReceived;

    public static ReceivedFrame Read(ReadOnlySpan<byte> bytes)
    {
        var frame = new ReceivedFrame();
        try
        {
            while (!bytes.IsEmpty)
            {
                var tag = (int)Protobuf.ReadVarint(ref bytes);
                frame.IsMessage = tag >> 3 == Frame.MessageFieldNumber;
                frame.ReadBody(Protobuf.ReadBytes(ref bytes));
            }
        }
        catch (Exception e) when (e is ArgumentOutOfRangeException or IndexOutOfRangeException or OverflowException)
        {
            throw new InvalidDataException("a frame that does not decode", e);
        }

        return frame;
    }

    public override readonly string ToString() =>
        $"{(IsMessage ? "Message" : "Signal")}{{id={Encoding.UTF8.GetString(Id)} signal_offset={SignalOffset} "
        + $"user_offset={UserOffset} {(IsEntry ? "from set" : "no from")} type={Kind} signal_type={Role} "
        + $"status={Status} state={IsAdvanced} send={IsSend} received={IsReceived} "
        + $"error={Encoding.UTF8.GetString(Error)}}}";

    private void ReadBody(ReadOnlySpan<byte> bytes)
    {
        while (!bytes.IsEmpty)
        {
            var tag = (int)Protobuf.ReadVarint(ref bytes);
            if (IsMessage)
                ReadMessageField(tag, ref bytes);
            else
                ReadSignalField(tag, ref bytes);
        }
    }

    private void ReadMessageField(int tag, scoped ref ReadOnlySpan<byte> bytes)
    {
        switch (tag >> 3)
        {
            case Message.IdFieldNumber: Id = Protobuf.ReadBytes(ref bytes); break;
            case Message.SignalOffsetFieldNumber: SignalOffset = (int)Protobuf.ReadVarint(ref bytes); break;
            case Message.UserOffsetFieldNumber: UserOffset = (int)Protobuf.ReadVarint(ref bytes); break;
            case Message.FromFieldNumber: From = Protobuf.ReadBytes(ref bytes); break;
            case Message.PayloadFieldNumber: PayloadLength = Protobuf.ReadBytes(ref bytes).Length; break;
            case Message.SignalTypeFieldNumber: Role = (SignalType)Protobuf.ReadVarint(ref bytes); break;
            case Message.SignalOffsetStateFieldNumber: IsAdvanced = Protobuf.ReadVarint(ref bytes) != 0; break;
            default: Protobuf.Skip(ref bytes, tag & 7); break;
        }
    }

    private void ReadSignalField(int tag, scoped ref ReadOnlySpan<byte> bytes)
    {
        switch (tag >> 3)
        {
            case Signal.IdFieldNumber: Id = Protobuf.ReadBytes(ref bytes); break;
            case Signal.SignalOffsetFieldNumber: SignalOffset = (int)Protobuf.ReadVarint(ref bytes); break;
            case Signal.UserOffsetFieldNumber: UserOffset = (int)Protobuf.ReadVarint(ref bytes); break;
            case Signal.StatusFieldNumber: Status = (SignalStatus)Protobuf.ReadVarint(ref bytes); break;
            case Signal.FromFieldNumber: From = Protobuf.ReadBytes(ref bytes); break;
            case Signal.TypeFieldNumber: Kind = (SignalKind)Protobuf.ReadVarint(ref bytes); break;
            case Signal.SignalTypeFieldNumber: Role = (SignalType)Protobuf.ReadVarint(ref bytes); break;
            case Signal.ErrorFieldNumber: Error = Protobuf.ReadBytes(ref bytes); break;
            case Signal.SignalOffsetStateFieldNumber: IsAdvanced = Protobuf.ReadVarint(ref bytes) != 0; break;
            case Signal.SignalAckStateFieldNumber: ReadAckState(Protobuf.ReadBytes(ref bytes)); break;
            default: Protobuf.Skip(ref bytes, tag & 7); break;
        }
    }

    private void ReadAckState(ReadOnlySpan<byte> bytes)
    {
        while (!bytes.IsEmpty)
        {
            var tag = (int)Protobuf.ReadVarint(ref bytes);
            switch (tag >> 3)
            {
                case SignalAckState.SendFieldNumber: IsSend = Protobuf.ReadVarint(ref bytes) != 0; break;
                case SignalAckState.ReceivedFieldNumber: IsReceived = Protobuf.ReadVarint(ref bytes) != 0; break;
                default: Protobuf.Skip(ref bytes, tag & 7); break;
            }
        }
    }
}
