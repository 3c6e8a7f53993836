using Google.Protobuf;
using Grpc.Core;
using Messaging.V1;

namespace Messaging.Tests.Reliability.Histories;

/// <summary>What is under way on one direction of a stream.</summary>
internal abstract record Parcel
{
    /// <summary>Whether a frame that goes down is an entry of the device's queue (protocol §3).</summary>
    public static bool IsEntry(Frame frame) =>
        frame is { Message: not null } or { Signal: { From: not null, SignalOffset: > 0 } };

    /// <summary>A call begins.</summary>
    internal sealed record Opening : Parcel;

    internal sealed record Headers(Metadata Values) : Parcel;

    /// <summary>A frame, as bytes: what one side does to its own can't be seen by the other.</summary>
    internal sealed record Content(byte[] Bytes) : Parcel
    {
        public static Content Of(Frame frame) => new(frame.ToByteArray());

        public Frame Read() => Frame.Parser.ParseFrom(Bytes);
    }

    /// <summary>The client sends nothing more.</summary>
    internal sealed record HalfClose : Parcel;

    /// <summary>The client has given the call up.</summary>
    internal sealed record Reset : Parcel;

    /// <summary>The server has ended the call.</summary>
    internal sealed record End(Status Status, Metadata Trailers) : Parcel;
}
