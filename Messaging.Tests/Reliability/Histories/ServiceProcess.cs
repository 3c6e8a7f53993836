using System.Diagnostics.Metrics;
using Messaging.Service.Delivery;
using Messaging.Service.Ledger;
using Messaging.Service.Ledger.Sqlite;
using Messaging.Service.Security;
using Messaging.Service.Sync;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace Messaging.Tests.Reliability.Histories;

/// <summary>The service in one process: the ledger, stepped, and a session for each stream. No web server.</summary>
internal sealed class ServiceProcess : IDisposable
{
    private readonly VirtualTime.ProcessTime time;
    private readonly SqliteLedger ledger;
    private readonly SessionServices services;
    private readonly SimulatedHost host = new();
    private readonly Meter meter = new("simulated");
    private readonly SyncTelemetry telemetry;
    private readonly ErrorList<DeviceSession> sessionErrors = new(static (level, _) => level >= LogLevel.Error);
    private readonly ErrorList<SqliteLedger> ledgerErrors;
    private readonly List<(Wire Wire, Task Session)> sessions = [];
    private readonly Story story;
    private Action<WriterPoint> reached = static _ => { };
    private bool mayRefuse;

    public ServiceProcess(Setting setting, string path, VirtualTime world, Story story)
    {
        this.story = story;
        time = new VirtualTime.ProcessTime(world);
        ledgerErrors = new((_, id) => !(mayRefuse && id.Id is 1001 or 1002));
        var options = setting.Ledger with
        {
            Path = path,
            Seams = setting.Ledger.Seams with { Reached = point => reached(point) },
        };
        ledger = SqliteLedger.OpenStepped(options, time, ledgerErrors);
        var devices = new ConnectedDevices(new BlockListPolicy());
        telemetry = new SyncTelemetry(meter, devices, time);
        services = new SessionServices(
            ledger, devices, telemetry, new ShapeRules(setting.Limits), new MessageRates(setting.Limits, time),
            setting.Delivery, setting.Streams, time, host, new AuditLog(NullLoggerFactory.Instance), sessionErrors);
    }

    /// <summary>It has been told to stop.</summary>
    public bool IsStopping { get; private set; }

    public bool HasSessions => sessions.Exists(one => !one.Session.IsCompleted);

    /// <summary>What it logged and should not have, and what its sessions threw.</summary>
    public IEnumerable<string> Errors =>
    [
        .. sessionErrors.Entries,
        .. ledgerErrors.Entries,
        .. sessions.Where(one => one.Session.IsFaulted).Select(one => one.Session.Exception!.ToString()),
    ];

    /// <summary>A call has come.</summary>
    public void Accept(Wire wire)
    {
        wire.IsServed = true;
        sessions.RemoveAll(one => one.Session.IsCompletedSuccessfully);
        sessions.Add((wire, ServeAsync(wire)));
    }

    /// <summary>The writer works one batch; false where nothing has gathered.</summary>
    public bool Step() => ledger.Step();

    /// <summary>The writer works one batch, and at each of its points this happens.</summary>
    /// <param name="atPoint">What it throws is as if the writer had failed so.</param>
    /// <param name="isRefusal">The writer says so in its log.</param>
    public bool Step(Action<WriterPoint> atPoint, bool isRefusal = false)
    {
        (reached, mayRefuse) = (atPoint, isRefusal);
        try
        {
            return ledger.Step();
        }
        finally
        {
            reached = static _ => { };
        }
    }

    /// <summary>The writer has ended with this, as its own loop would have it.</summary>
    public void Fail(Exception exception) => ledger.Fail(exception);

    /// <summary>Tells the streams to end; the process is to follow.</summary>
    public void Stop()
    {
        IsStopping = true;
        host.StopApplication();
    }

    /// <summary>Closes the ledger, once no stream is left.</summary>
    public async Task CloseAsync()
    {
        while (Step())
        {
        }

        await ledger.DisposeAsync();
        time.Kill();
    }

    /// <summary>Timers that outlived the streams they were for.</summary>
    public int LeftTimers => time.Timers;

    /// <summary>The process is no more: nothing that it still does is seen. Of what is under way, so much arrives.</summary>
    /// <param name="kept">How many of so many.</param>
    public async Task KillAsync(Func<int, int> kept)
    {
        time.Kill();
        sessionErrors.Kill();
        ledgerErrors.Kill();
        foreach (var (wire, session) in sessions.Where(one => !one.Session.IsCompleted).ToList())
        {
            wire.Down.Cut(kept(wire.Down.UnderWay));
            wire.Server.Kill();
            _ = session.Exception;
        }

        await ledger.DisposeAsync();
        await OneThread.RestAsync();
    }

    public void Dispose()
    {
        host.Dispose();
        meter.Dispose();
        telemetry.Dispose();
    }

    private async Task ServeAsync(Wire wire)
    {
        var caller = new CallerVerdict.Known(new Party(wire.Request.User, wire.Request.Device));
        var call = new StreamCall(wire.Server, wire.Server, wire.Server);
        using (var session = new DeviceSession(services, caller, call, wire.ToString()))
            await session.RunAsync();
        if (!wire.Server.IsOver)
            story.Tell($"{wire} is served no more: {wire.Server.Status.StatusCode} {wire.Server.Status.Detail}");
        wire.Server.End();
    }
}
