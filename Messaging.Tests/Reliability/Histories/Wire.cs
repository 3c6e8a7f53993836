using Grpc.Core;
using Messaging.Client.Connection;

namespace Messaging.Tests.Reliability.Histories;

/// <summary>One stream: two ends, and what is under way between them.</summary>
internal sealed class Wire
{
    /// <summary>Parcels under way in one direction before its writer has to wait.</summary>
    private const int Room = 48;

    private readonly Pipe up = new(Room);
    private readonly Pipe down = new(Room);
    private readonly StreamTape tape;

    public Wire(int number, StreamRequest request, StreamTape tape)
    {
        (Number, Request, this.tape) = (number, request, tape);
        Client = new ClientEnd(up, down, tape);
        Server = new ServerEnd(up, down, request.Headers());
        _ = up.WriteAsync(new Parcel.Opening());
    }

    public int Number { get; }

    public StreamRequest Request { get; }

    public ClientEnd Client { get; }

    public ServerEnd Server { get; }

    /// <summary>A session serves it, or has.</summary>
    public bool IsServed { get; set; }

    public Pipe Up => up;

    public Pipe Down => down;

    /// <summary>Nothing can come of it any more.</summary>
    public bool IsOver => !Client.IsOpen && (Server.IsOver || !IsServed) && up.UnderWay == 0;

    public bool IsBroken => up.IsCut || down.IsCut;

    /// <summary>The connection breaks: what is lost is lost, and either end learns of it when it does.</summary>
    public void Cut(int keepUp, int keepDown)
    {
        up.Cut(keepUp);
        down.Cut(keepDown);
    }

    /// <summary>An entry has gone missing that nothing may ever show on this stream.</summary>
    public bool HasLostEntry { get; private set; }

    /// <summary>The entry that is next is lost in the client's own hands: it came down, and has no effect.</summary>
    public void LoseEntry()
    {
        HasLostEntry = true;
        tape.Down(((Parcel.Content)down.Lose()).Read());
    }

    public void BreakClient() => Client.Break(static () => new RpcException(
        new Status(StatusCode.Unavailable, "the connection is broken")));

    public override string ToString() => $"#{Number}";
}
