using Messaging.Client;
using Messaging.Tests.Reliability.Judging;

namespace Messaging.Tests.Reliability.Histories;

/// <summary>
/// The small world of one seed: the service, the network and every device's application, all on one thread. Nothing in
/// it moves but for what the history draws, and each draw runs to rest.
/// </summary>
internal sealed class World : IDisposable
{
    private readonly List<App> apps = [];
    private readonly List<string> complaints = [];
    private readonly Dictionary<DeviceName, MessagingStore> stores = [];
    private int instances;

    public World(int seed, byte[] emptyLedger)
    {
        Random = new Random(seed);
        Setting = Setting.Draw(Random);
        Story = new Story(Time);
        Network = new Network(Story);
        Files = new LedgerFiles(emptyLedger);
        Story.Tell(Setting.ToString());
    }

    public Random Random { get; }

    public Setting Setting { get; }

    public VirtualTime Time { get; } = new();

    public Story Story { get; }

    public Network Network { get; }

    public LedgerFiles Files { get; }

    /// <summary>Null while it is down.</summary>
    public ServiceProcess? Service
    {
        get => Network.Service;
        private set => Network.Service = value;
    }

    /// <summary>The applications that live.</summary>
    public IReadOnlyList<App> Apps => apps;

    /// <summary>Every message that an application has sent, in order.</summary>
    public List<Sent> Sent { get; } = [];

    /// <summary>What no checker of frames would see.</summary>
    public IReadOnlyList<string> Complaints => complaints;

    public void Fail(string complaint)
    {
        if (!complaints.Contains(complaint))
            complaints.Add(complaint);
    }

    /// <summary>Ends when nothing has anything to do before something is drawn or time goes on.</summary>
    public async ValueTask SettleAsync()
    {
        do
        {
            await OneThread.RestAsync();
            while (Time.TryFire(Time.Elapsed))
                await OneThread.RestAsync();
            foreach (var app in apps)
                await app.ObserveAsync();
            apps.RemoveAll(static app => !app.IsAlive);
        }
        while (ThreadPool.PendingWorkItemCount > 0);

        if (Service is { IsStopping: true, HasSessions: false } stopped)
        {
            Service = null;
            await stopped.CloseAsync();
            Leave(stopped);
            Story.Tell("the service has stopped");
        }
    }

    public void StartService()
    {
        Story.Tell("the service starts");
        Service = new ServiceProcess(Setting, Files.Current, Time, Story);
    }

    /// <summary>The service is killed; what its ledger left has been copied.</summary>
    public async Task KillServiceAsync()
    {
        var killed = Service!;
        Service = null;
        Leave(killed);
        await killed.KillAsync(underWay => Random.Next(underWay + 1));
        Files.TakeCopy();
    }

    /// <summary>A process of a device starts.</summary>
    /// <param name="device">Whose.</param>
    /// <param name="keepsStore">It has what its last one had stored.</param>
    public App StartApp(DeviceName device, bool keepsStore)
    {
        if (!keepsStore || !stores.TryGetValue(device, out var store))
            stores[device] = store = MessagingStore.InMemory();
        var app = new App(this, device, ++instances, store);
        Story.Tell($"{app} starts {(keepsStore ? "with what was stored" : "with nothing")}");
        apps.Add(app);

        // What is in the store is sent by whoever has it.
        foreach (var sent in Sent.Where(sent => sent.IsStored && sent.By?.Store == store && !sent.IsSettled))
            (sent.By, sent.Handle) = (app, null);
        return app;
    }

    /// <summary>The devices none of whose processes lives.</summary>
    public IReadOnlyList<DeviceName> Away() => [.. Setting.Devices.Where(device => !apps.Exists(app => app.Device == device))];

    /// <summary>The processes that are the only one of their device: two would overtake each other.</summary>
    public IReadOnlyList<App> Alone() =>
        [.. apps.Where(app => app.IsRunning && apps.Count(other => other.Device == app.Device) == 1)];

    public void Dispose()
    {
        Service?.Dispose();
        Files.Dispose();
    }

    private void Leave(ServiceProcess service)
    {
        foreach (var error in service.Errors)
            Fail($"the service: {error}");
        if (service is { HasSessions: false, LeftTimers: > 0 and var left })
            Story.History.Leak($"the service has no session and {left} timers");
        service.Dispose();
    }
}
