using Messaging.Tests.Reliability.Judging;
using Messaging.Tests.Support;

namespace Messaging.Tests.Reliability.Disk;

/// <summary>Three users with two devices each, who all write to each other and now and then to themselves.</summary>
internal sealed class LedgerLoad : IAsyncDisposable
{
    public static readonly string[] Users = ["alice", "bob", "carol"];

    public static readonly string[] DeviceNames =
        [.. Users.SelectMany(user => new[] { $"{user}/phone", $"{user}/laptop" })];

    private readonly List<LoadDevice> devices = [];

    private LedgerLoad()
    {
    }

    public History History { get; } = new();

    public Told Told { get; } = new();

    public IReadOnlyList<LoadDevice> Devices => devices;

    /// <param name="address">The server.</param>
    /// <param name="operations">How many changes the disk has taken.</param>
    /// <param name="random">Where the devices' randomness comes from.</param>
    public static LedgerLoad Start(string address, Func<long> operations, Random random)
    {
        var load = new LedgerLoad();
        load.devices.AddRange(DeviceNames.Select(name => new LoadDevice(
            address, name, [.. Users, .. Users.Where(other => !name.StartsWith(other, StringComparison.Ordinal))], load.History, load.Told,
            operations, new Random(random.Next()))));
        return load;
    }

    /// <summary>Every device sends so many messages more.</summary>
    public void Send(int messages)
    {
        foreach (var device in Devices)
            device.Send(messages);
    }

    /// <summary>Waits until all has been answered with <c>true</c>, or something else is so.</summary>
    /// <exception cref="TimeoutException">It never was; the text says who waits for what.</exception>
    public async Task DoneAsync(Func<bool>? isOver = null)
    {
        try
        {
            await Wait.Eventually(
                "all is answered", () => Devices.All(device => device.IsDone) || Devices.Any(device => device.HasFailed)
                    || isOver?.Invoke() == true);
        }
        catch (TimeoutException late)
        {
            throw new TimeoutException($"{late.Message}\n{string.Join('\n', Devices)}");
        }
    }

    /// <summary>Waits until all is answered and has arrived, and what the devices did because of it has arrived too.</summary>
    public async Task DrainAsync()
    {
        await DoneAsync();
        await History.DrainAsync();
        await DoneAsync();
        await History.DrainAsync();
    }

    /// <summary>Every device goes and stays away.</summary>
    public Task StopAsync() => Task.WhenAll(Devices.Select(device => device.StopAsync()));

    public async ValueTask DisposeAsync()
    {
        foreach (var device in Devices)
            await device.DisposeAsync();
    }
}
