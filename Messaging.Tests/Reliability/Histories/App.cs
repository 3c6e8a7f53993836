using Messaging.Client;
using Messaging.Client.Connection;
using Messaging.Tests.Client.Support;
using Messaging.Tests.Reliability.Judging;
using Microsoft.Extensions.Logging;

namespace Messaging.Tests.Reliability.Histories;

/// <summary>
/// One process of one device: an application and the client library in it. What the application does is drawn by the
/// history; what the library calls back is looked at when all is at rest.
/// </summary>
#pragma warning disable CA1001 // Closing disposes of the client; a process that is killed disposes of nothing.
internal sealed class App
#pragma warning restore CA1001
{
    private readonly World world;
    private readonly VirtualTime.ProcessTime time;
    private readonly MessagingClient client;
    private readonly List<Wire> wires = [];
    private readonly List<Call> calls = [];
    private IAsyncEnumerator<ReceivedMessage> reader;
    private Task<bool>? next;
    private ReceivedMessage? lastGiven;
    private Task? closing;

    /// <param name="world">Where it lives.</param>
    /// <param name="device">Whose it is.</param>
    /// <param name="instance">The number of this process, among all.</param>
    /// <param name="store">What an earlier process of the device has left.</param>
    public App(World world, DeviceName device, int instance, MessagingStore store)
    {
        (this.world, Device, Instance, Store) = (world, device, instance, store);
        time = new VirtualTime.ProcessTime(world.Time);
        var options = new MessagingClientOptions
        {
            Address = new Uri("http://history"),
            User = device.User,
            Device = device.Device,
            MaxUnacceptedMessages = world.Setting.Unaccepted,
            AcknowledgementDelay = world.Setting.AcknowledgementDelay,
            TimeProvider = time,
            LoggerFactory = new LoggerFactory([new ErrorProvider(Errors)]),
            Store = store,
        };
        client = new MessagingClient(options, new Transport(this), world.Random.NextDouble);
        reader = client.ReceiveAsync().GetAsyncEnumerator();
        next = reader.MoveNextAsync().AsTask();
    }

    public DeviceName Device { get; }

    public int Instance { get; }

    public MessagingStore Store { get; }

    /// <summary>Its client lives, and is not being closed.</summary>
    public bool IsRunning => IsAlive && closing is null;

    public bool IsAlive { get; private set; } = true;

    /// <summary>The message in the application's hands, not yet handled.</summary>
    public ReceivedMessage? InHand { get; private set; }

    /// <summary>The messages of others that it has been given.</summary>
    public List<ReceivedMessage> Received { get; } = [];

    /// <summary>What the client logged and should not; that it ended, and that entries were missing, it may.</summary>
    public ErrorList<MessagingClient> Errors { get; } = new(static (_, id) => id.Id is not (3 or 8));

    /// <summary>What it waits for, in words; null where that is nothing but the next message.</summary>
    public string? Waits =>
        client.State != ConnectionState.Connected ? $"{this} is {client.State}"
        : InHand is not null ? $"{this} has a message in hand"
        : calls.Find(static call => !call.IsDone) is { } open ? $"{this} waits for {open.What}"
        : null;

    public void Send(Sent sent)
    {
        world.Story.Tell($"{this} sends {sent.Message.Id} to {sent.Message.To}, {sent.Message.Payload.Length} bytes");
        world.Story.History.AppSends(Device.User, Device.Device, sent.Message.Id!, sent.Message.To);
        (sent.By, sent.Handle) = (this, null);
        calls.Add(new Call($"message {sent.Message.Id}", SendAsync(sent)));
    }

    public void MarkRead(ReceivedMessage message) => Mark("read", message, client.MarkReadAsync(message));

    public void MarkPlayed(ReceivedMessage message) => Mark("played", message, client.MarkPlayedAsync(message));

    public void Report(ReceivedMessage message) =>
        Mark("report", message, client.ReportUnusableAsync(message, "it does not decrypt"));

    public void Hint(string to, AwarenessStatus status, string? about)
    {
        world.Story.Tell($"{this} tells {to} {status} {about}");
        calls.Add(new Call("a hint", client.SendAwarenessAsync(to, status, aboutId: about)));
    }

    /// <summary>Asks for the next message, which says that the one in hand is safe.</summary>
    public void AskNext()
    {
        world.Story.Tell($"{this} asks for the next");
        InHand = null;
        next = reader.MoveNextAsync().AsTask();
    }

    /// <summary>Leaves its loop with the message in hand, which then comes again.</summary>
    public async Task StartOverAsync()
    {
        world.Story.Tell($"{this} begins its loop anew");
        await reader.DisposeAsync();
        reader = client.ReceiveAsync().GetAsyncEnumerator();
        next = reader.MoveNextAsync().AsTask();
    }

    /// <summary>All is at rest: takes what the library has for it.</summary>
    public async Task ObserveAsync()
    {
        if (!IsAlive)
            return;
        if (next is { IsCompletedSuccessfully: true })
        {
            next = null;
            Take(reader.Current);
        }
        else if (closing is { IsCompleted: true } closed)
        {
            await closed;
            Leave("is closed");
        }
        else if (next is { IsFaulted: true } ended && closing is null)
        {
            if (ended.Exception.InnerException is not ClientReplacedException)
                world.Fail($"{this} has ended: {ended.Exception.InnerException}");
            await client.DisposeAsync();
            Leave("is replaced");
        }

        calls.RemoveAll(static call => call.IsDone && !call.IsFaulted);
        foreach (var failed in calls.Where(static call => call.IsFaulted && call.Error is not MessagingException))
            world.Fail($"{this}: {failed.What}: {failed.Error}");
        calls.RemoveAll(static call => call.IsDone);
    }

    /// <summary>The application ends as it should.</summary>
    public void Close()
    {
        world.Story.Tell($"{this} closes");
        closing ??= client.DisposeAsync().AsTask();
    }

    /// <summary>The process is gone, with everything that it has not stored.</summary>
    public void Kill()
    {
        foreach (var wire in wires)
        {
            wire.Client.Kill();
            wire.Down.Cut(keep: 0);
            wire.Up.Cut(world.Random.Next(wire.Up.UnderWay + 1));
        }

        time.Kill();
        Errors.Kill();
        Store.Detach();
        Leave("is killed");
    }

    public override string ToString() => $"{Device}!{Instance}";

    private async Task SendAsync(Sent sent)
    {
        var handle = await client.SendAsync(sent.Message);
        (sent.IsStored, sent.Handle) = (true, handle);
        await handle.Accepted;
    }

    private void Mark(string what, ReceivedMessage message, Task<MarkHandle> marking)
    {
        world.Story.Tell($"{this} marks {message.From.User}'s {message.Id}: {what}");
        calls.Add(new Call($"{what} of {message.Id}", marking.Answered()));
    }

    private void Take(ReceivedMessage message)
    {
        InHand = message;
        if (ReferenceEquals(message, lastGiven))
            return; // its loop was left with it
        lastGiven = message;
        world.Story.Tell($"{this} gets {message.From.User}'s {message.Id}, #{message.UserOffset}");
        world.Story.History.AppGets(
            Device.User, Device.Device, Instance, message.From.User, message.Id, message.UserOffset, message.Payload);
        if (message.Role == MessageRole.Receiver)
            Received.Add(message);
    }

    private void Leave(string how)
    {
        world.Story.Tell($"{this} {how}");
        if (time is { IsAlive: true, Timers: > 0 and var left })
            world.Story.History.Leak($"{this} {how} and has left {left} timers");
        foreach (var error in Errors.Entries)
            world.Fail($"{this} logged: {error}");
        IsAlive = false;
    }

    private sealed record Call(string What, Task Task)
    {
        public bool IsDone => Task.IsCompleted;

        public bool IsFaulted => Task.IsFaulted;

        public Exception? Error => Task.Exception?.InnerException;
    }

    private sealed class Transport(App app) : ISyncTransport
    {
        public ISyncStream Open(StreamRequest request)
        {
            var wire = app.world.Network.Open(app.Device, request);
            app.wires.Add(wire);
            return wire.Client;
        }

        public ValueTask DisposeAsync() => default;
    }

    private sealed class ErrorProvider(ErrorList<MessagingClient> errors) : ILoggerProvider
    {
        public ILogger CreateLogger(string categoryName) => errors;

        public void Dispose()
        {
        }
    }
}
