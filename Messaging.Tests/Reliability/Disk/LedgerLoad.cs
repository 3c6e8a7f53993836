using Messaging.Tests.Support;

namespace Messaging.Tests.Reliability.Disk;

/// <summary>Three users with two devices each, who all write to each other and now and then to themselves.</summary>
internal sealed class LedgerLoad : IAsyncDisposable
{
    public static readonly string[] Users = ["alice", "bob", "carol"];

    private static readonly string[] Kinds = ["phone", "laptop"];

    private LedgerLoad(IReadOnlyList<LoadDevice> devices) => Devices = devices;

    public Told Told { get; private init; } = null!;

    public IReadOnlyList<LoadDevice> Devices { get; }

    /// <param name="address">The server.</param>
    /// <param name="operations">How many changes the disk has taken.</param>
    /// <param name="random">Where the devices' randomness comes from.</param>
    public static LedgerLoad Start(string address, Func<long> operations, Random random)
    {
        var told = new Told();
        var devices = Users
            .SelectMany(_ => Kinds, (user, kind) => new LoadDevice(
                address, $"{user}/{kind}", [.. Users, .. Users.Where(other => other != user)], told, operations,
                new Random(random.Next())))
            .ToList();
        return new LedgerLoad(devices) { Told = told };
    }

    /// <summary>Every device sends so many messages more.</summary>
    public void Send(int messages)
    {
        foreach (var device in Devices)
            device.Send(messages);
    }

    /// <summary>Waits until all has been answered with <c>true</c>, or something else is so.</summary>
    public Task DoneAsync(Func<bool>? isOver = null) => Wait.Eventually(
        "all is answered", () => Devices.All(device => device.IsDone) || Devices.Any(device => device.HasFailed)
            || isOver?.Invoke() == true);

    public async ValueTask DisposeAsync()
    {
        foreach (var device in Devices)
            await device.DisposeAsync();
    }
}
