using Messaging.Client;

namespace Messaging.Tests.Reliability.Histories;

/// <summary>What the applications do.</summary>
internal sealed class Doings(World world)
{
    /// <summary>The ledger's file is searched for each of their ids, which takes a while.</summary>
    private const int MostNamedHints = 3;

    private static readonly int[] Sizes = [0, 5, 5, 30, 300, 2000];
    private static readonly AwarenessStatus[] Statuses = Enum.GetValues<AwarenessStatus>();

    private int messages;
    private int hints;

    private Random Random => world.Random;

    public bool Send()
    {
        if (One(world.Alone()) is not { } app)
            return false;
        Decide(app);
        var payload = new byte[One(Sizes)];
        Random.NextBytes(payload);
        Send(app, new OutgoingMessage
        {
            To = One(world.Setting.Users),
            Id = $"m{++messages}",
            Timestamp = DateTimeOffset.UnixEpoch.AddMilliseconds(messages),
            Payload = payload,
        });
        return true;
    }

    /// <summary>A message that is accepted is sent again, as it was, by any device of its user.</summary>
    public bool Repeat()
    {
        if (Accepted() is not var (app, sent))
            return false;
        Send(app, sent.Message);
        return true;
    }

    /// <summary>The id of one that is accepted is used for another message.</summary>
    public bool Misuse()
    {
        if (Accepted() is not var (app, sent))
            return false;
        Send(app, sent.Message with { Payload = new byte[] { 1, 2, 3, 4 } }, isMisuse: true);
        return true;
    }

    public bool AskNext()
    {
        if (One([.. world.Apps.Where(app => app is { IsRunning: true, InHand: not null })]) is not { } app)
            return false;
        app.AskNext();
        return true;
    }

    public async ValueTask<bool> StartOverAsync()
    {
        if (One([.. world.Apps.Where(app => app is { IsRunning: true, InHand: not null })]) is not { } app)
            return false;
        await app.StartOverAsync();
        return true;
    }

    public bool MarkRead() => WithReceived(static (app, message) => app.MarkRead(message));

    public bool MarkPlayed() => WithReceived(static (app, message) => app.MarkPlayed(message));

    public bool Report() => WithReceived(static (app, message) => app.Report(message));

    public bool Hint()
    {
        if (One(world.Alone()) is not { } app)
            return false;
        var about = hints < MostNamedHints ? $"hint-{++hints}" : null;
        app.Hint(One(world.Setting.Users), One(Statuses), about);
        return true;
    }

    /// <summary>A process of a device that has none starts.</summary>
    public bool Start()
    {
        if (world.Away() is not { Count: > 0 } away)
            return false;
        world.StartApp(One(away), keepsStore: Random.Next(5) < 3);
        return true;
    }

    /// <summary>A device that is there already is started once more: one of the two will have to give way.</summary>
    public bool StartTwin()
    {
        if (One(world.Alone()) is not { } app)
            return false;
        world.StartApp(app.Device, keepsStore: false);
        return true;
    }

    public bool Kill()
    {
        if (One(world.Apps) is not { } app)
            return false;
        app.Kill();
        return true;
    }

    public bool Close()
    {
        if (One([.. world.Apps.Where(app => app.IsRunning)]) is not { } app)
            return false;
        app.Close();
        return true;
    }

    /// <summary>
    /// Of what an earlier process of its device has sent and not heard of, this one sends all again, in order and before
    /// anything else, or it never will.
    /// </summary>
    public void Decide(App app)
    {
        var open = world.Sent.Where(sent => sent.Device == app.Device && sent.By != app && !sent.IsSettled).ToList();
        if (open.Count == 0)
            return;
        var sendsAgain = Random.Next(2) == 0;
        world.Sent.RemoveAll(open.Contains);
        foreach (var sent in open.Where(sent => !sent.IsMisuse && !IsUnderWay(app, sent.Message.Id!)))
        {
            if (sendsAgain)
                Send(app, sent.Message);
            else
                Forget(sent);
        }
    }

    private void Forget(Sent sent)
    {
        world.Story.Tell($"{sent.Device} has lost {sent.Message.Id}");
        world.Story.History.AppForgets(sent.Device.User, sent.Device.Device, sent.Message.Id!);
    }

    private void Send(App app, OutgoingMessage message, bool isMisuse = false)
    {
        var sent = new Sent(app.Device, message, isMisuse);
        world.Sent.Add(sent);
        app.Send(sent);
    }

    private (App App, Sent Sent)? Accepted()
    {
        if (One(world.Alone()) is not { } app)
            return null;
        var accepted = world.Sent.Where(sent =>
            sent.Device.User == app.Device.User && sent is { IsAccepted: true, IsMisuse: false }).ToList();
        if (accepted.Count == 0)
            return null;
        Decide(app);
        var chosen = One(accepted);
        return IsUnderWay(app, chosen.Message.Id!) ? null : (app, chosen);
    }

    /// <summary>Whether a message of this id may be in the device's outbox.</summary>
    private bool IsUnderWay(App app, string id) =>
        world.Sent.Exists(sent => sent.Device == app.Device && sent.Message.Id == id && !sent.IsSettled);

    private bool WithReceived(Action<App, ReceivedMessage> act)
    {
        if (One([.. world.Alone().Where(app => app.Received.Count > 0)]) is not { } app)
            return false;
        act(app, One(app.Received));
        return true;
    }

    private T One<T>(IReadOnlyList<T> of) => of.Count == 0 ? default! : of[Random.Next(of.Count)];
}
