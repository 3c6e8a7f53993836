using Messaging.Client.Connection;
using Messaging.Tests.Reliability.Judging;

namespace Messaging.Tests.Reliability.Histories;

/// <summary>
/// All streams of a history, and what is under way on them. Nothing arrives by itself; within one direction of a stream
/// it arrives in order.
/// </summary>
internal sealed class Network(Story story)
{
    private readonly List<Wire> wires = [];
    private int count;

    public IReadOnlyList<Wire> Wires => wires;

    /// <summary>Who serves a call that arrives; null while nobody listens.</summary>
    public ServiceProcess? Service { get; set; }

    private IEnumerable<(Wire Wire, bool IsUp)> Movable =>
        wires.SelectMany(static wire => new[] { (wire, true), (wire, false) }).Where(static one => PipeOf(one).CanMove);

    public Wire Open(DeviceName device, StreamRequest request)
    {
        var name = $"#{++count} {device}";
        var position = request.Headers().Where(header => header.Key == "messaging-position").Select(header => header.Value);
        story.Tell($"{name} opens, at {position.FirstOrDefault() ?? "no position"}");
        var history = story.History.Open(device.User, device.Device, position.FirstOrDefault());
        var wire = new Wire(count, request, new StreamTape(story, history, name));
        wires.Add(wire);
        return wire;
    }

    /// <summary>One parcel, somewhere, moves on; false where none can.</summary>
    public bool TryMove(Random random)
    {
        Forget();
        var movable = Movable.ToList();
        if (movable.Count == 0)
            return false;
        var (wire, isUp) = movable[random.Next(movable.Count)];
        if (isUp)
            MoveUp(wire);
        else
            wire.Down.Move();
        return true;
    }

    /// <summary>An end that has nothing more to expect learns that the stream is broken; false where there is none.</summary>
    public bool TryNotice(Random random)
    {
        var blind = wires.SelectMany(static wire => new[] { (wire, true), (wire, false) }).Where(IsBlind).ToList();
        if (blind.Count == 0)
            return false;
        var (wire, isServer) = blind[random.Next(blind.Count)];
        story.Tell($"{wire}: the {(isServer ? "server" : "client")} notices that it is broken");
        if (isServer)
            wire.Server.Lose();
        else
            wire.BreakClient();
        return true;
    }

    /// <summary>A stream breaks, and what is under way is lost from some place on; false where there is none.</summary>
    public bool TryCut(Random random)
    {
        var whole = wires.Where(static wire => !wire.IsBroken && wire.Client.IsOpen).ToList();
        if (whole.Count == 0)
            return false;
        var wire = whole[random.Next(whole.Count)];
        var (up, down) = (random.Next(wire.Up.UnderWay + 1), random.Next(wire.Down.UnderWay + 1));
        story.Fault($"{wire} is cut, {up} of {wire.Up.UnderWay} still go up and {down} of {wire.Down.UnderWay} down");
        wire.Cut(up, down);
        return true;
    }

    /// <summary>An entry of a queue never reaches its client, and what follows does; false where none is next.</summary>
    public bool TryLoseEntry(Random random)
    {
        var next = wires.Where(static wire => wire.Client.IsOpen && wire.Down.UnderWay > 0
            && wire.Down.Peek() is Parcel.Content content && Parcel.IsEntry(content.Read())).ToList();
        if (next.Count == 0)
            return false;
        var wire = next[random.Next(next.Count)];
        story.Fault($"{wire} loses an entry");
        wire.LoseEntry();
        return true;
    }

    /// <summary>Some directions of some streams stall, each until it is let go.</summary>
    public bool TryHold(Random random)
    {
        var free = wires.SelectMany(static wire => new[] { wire.Up, wire.Down }).Where(static pipe => !pipe.IsHeld).ToList();
        foreach (var pipe in free.Where(_ => random.Next(3) == 0))
            pipe.IsHeld = true;
        return free.Count > 0;
    }

    /// <summary>One that stalls goes on.</summary>
    public bool TryLetGo(Random random)
    {
        var held = wires.SelectMany(static wire => new[] { wire.Up, wire.Down }).Where(static pipe => pipe.IsHeld).ToList();
        if (held.Count == 0)
            return false;
        held[random.Next(held.Count)].IsHeld = false;
        return true;
    }

    /// <summary>Nothing stalls any more; a stream that has lost something is broken, and both ends know.</summary>
    public void Heal()
    {
        foreach (var wire in wires)
        {
            wire.Up.IsHeld = wire.Down.IsHeld = false;
            if (wire is { HasLostEntry: true, IsBroken: false, Client.IsOpen: true })
                wire.Cut(keepUp: 0, keepDown: 0);
        }
    }

    private static Pipe PipeOf((Wire Wire, bool IsUp) one) => one.IsUp ? one.Wire.Up : one.Wire.Down;

    private static bool IsBlind((Wire Wire, bool IsServer) one)
    {
        var (wire, isServer) = one;
        return isServer
            ? wire.IsServed && !wire.Server.IsOver && !wire.Server.IsLost && wire.Up.UnderWay == 0
                && (wire.IsBroken || !wire.Client.IsOpen)
            : wire.Client.IsOpen && wire.Down.UnderWay == 0 && (wire.IsBroken || (wire.IsServed && wire.Server.IsOver));
    }

    private void MoveUp(Wire wire)
    {
        switch (wire.Up.Peek())
        {
            case Parcel.Opening:
                wire.Up.Lose();
                if (Service is { } service)
                    service.Accept(wire);
                else
                    Refuse(wire);
                break;
            case Parcel.Reset:
                wire.Up.Lose();
                if (wire.IsServed)
                    wire.Server.Lose();
                break;
            default:
                wire.Up.Move();
                break;
        }
    }

    private void Refuse(Wire wire)
    {
        story.Tell($"{wire}: nobody listens");
        wire.Cut(keepUp: 0, keepDown: 0);
        wire.BreakClient();
    }

    private void Forget() => wires.RemoveAll(static wire => wire.IsOver);
}
