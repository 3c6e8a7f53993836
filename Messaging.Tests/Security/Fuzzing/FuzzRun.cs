using System.Collections.Concurrent;
using System.Diagnostics;
using System.Diagnostics.Metrics;
using System.Globalization;
using Grpc.Core;
using Messaging.Service.Delivery;
using Messaging.Service.Ledger;
using Messaging.Service.Ledger.Sqlite;
using Messaging.Service.Security;
using Messaging.Service.Sync;
using Messaging.Tests.Reliability.Histories;
using Messaging.Tests.Support;
using Messaging.V1;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using NUnit.Framework;

namespace Messaging.Tests.Security.Fuzzing;

/// <summary>
/// Mutants through the whole service but for the web server: parser, session, rules, ledger on disk. Whatever comes, a
/// frame is answered or its stream ends with a status that says so, nothing is logged as an error, and in the end two
/// honest devices are served as ever.
/// </summary>
internal sealed class FuzzRun(int seed, int inputs)
{
    private const int Devices = 8;
    private const int PerStream = 500;
    private const int Shown = 5;

    // Protocol §2: an acknowledgement past the head is an alarm, and mutants are full of those.
    private const int PastHead = 200;

    private static readonly string[] Users = ["alice", "bob", "carol"];
    private static readonly StatusCode[] Endings = [StatusCode.OK, StatusCode.InvalidArgument, StatusCode.ResourceExhausted];

    private readonly IReadOnlyList<byte[]> corpus = Corpus.Read();
    private readonly ErrorList<DeviceSession> errors = new(static (level, id) => level >= LogLevel.Error && id.Id != PastHead);
    private readonly ErrorList<SqliteLedger> ledgerErrors = new(static (level, _) => level >= LogLevel.Error);
    private readonly ConcurrentDictionary<StatusCode, int> endings = new();
    private int taken;
    private int answers;
    private SessionServices services = null!;

    public async Task RunAsync()
    {
        using var folder = TemporaryFolder.Create();
        using var host = new SimulatedHost();
        await using var ledger = await SqliteLedger.OpenAsync(
            new LedgerOptions { Path = folder.File("ledger.db") }, TimeProvider.System, ledgerErrors);
        var limits = new MessageLimits
        {
            MessagesPerSecond = 0, BytesPerSecond = 0, UserMessagesPerSecond = 0, UserBytesPerSecond = 0, OpeningsPerMinute = 0,
        };
        using var meter = new Meter("fuzzed");
        var devices = new ConnectedDevices(new BlockListPolicy());
        using var telemetry = new SyncTelemetry(meter, devices, TimeProvider.System);
        services = new SessionServices(
            ledger, devices, telemetry, new ShapeRules(limits), new MessageRates(limits, TimeProvider.System),
            new DeliveryOptions(), new StreamOptions { FramesPerSecond = 0, BytesPerSecond = 0 }, TimeProvider.System, host,
            new AuditLog(NullLoggerFactory.Instance), errors);

        var began = Stopwatch.GetTimestamp();
        await Task.WhenAll(Enumerable.Range(0, Devices).Select(number => Task.Run(() => RunDeviceAsync(number))));
        var took = Stopwatch.GetElapsedTime(began);
        TestContext.Out.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{inputs} inputs in {took.TotalSeconds:0.0} s, {answers} answers"));
        TestContext.Out.WriteLine($"streams: {string.Join(", ", endings.Select(ending => $"{ending.Key} {ending.Value}"))}");

        Assert.That(errors.Entries, Is.Empty, "a session logged errors");
        Assert.That(ledgerErrors.Entries, Is.Empty, "the ledger logged errors");
        Assert.That(ledger.Completion.IsCompleted, Is.False, "the ledger goes on");
        await ServeHonestAsync();
    }

    private async Task RunDeviceAsync(int number)
    {
        var random = new Random(unchecked(seed + number));
        var mutator = new Mutator(corpus, random);
        var device = new Party(Users[number % Users.Length], $"d-{number}");
        while (Volatile.Read(ref taken) < inputs)
        {
            // One that does not decode ends its stream, after a few: some streams get none of those, and get far.
            var (sent, decodes) = (0, random.Next(100) == 0);
            var call = new FuzzCall(
                () => sent++ < PerStream && Interlocked.Increment(ref taken) <= inputs ? mutator.Next(decodes) : null);
            await ServeAsync(device, call);
            Judge(call, sent);
        }
    }

    private async Task ServeAsync(Party device, FuzzCall call)
    {
        using var session = new DeviceSession(
            services, new CallerVerdict.Known(device), new StreamCall(call, call, call), Guid.NewGuid().ToString("N"));
        await session.RunAsync().InTime("the stream ends", TimeSpan.FromMinutes(1));
    }

    private void Judge(FuzzCall call, int sent)
    {
        endings.AddOrUpdate(call.Status.StatusCode, 1, static (_, count) => count + 1);
        Interlocked.Add(ref answers, call.Answers);
        var last = string.Join('\n', call.Sent.TakeLast(Shown).Select(Convert.ToHexString));
        Assert.That(call.Status.StatusCode, Is.AnyOf(Endings), $"{call.Status.Detail}, after {sent}:\n{last}");
        Assert.That(
            call.Answers, Is.InRange(call.MustAnswer, call.MustAnswer + call.MayAnswer), $"{call.Status} after {sent}:\n{last}");
    }

    private async Task ServeHonestAsync()
    {
        Queue<Frame> frames = new([new Frame { Message = ProbeDevice.Text("honest-reader", "m") }]);
        var writer = new FuzzCall(() => frames.TryDequeue(out var frame) ? Google.Protobuf.MessageExtensions.ToByteArray(frame) : null);
        await ServeAsync(new Party("honest-writer", "phone"), writer);
        Assert.That((writer.Status.StatusCode, writer.Answers, writer.Last!.Signal.SignalOffsetState), Is.EqualTo((StatusCode.OK, 1, true)));

        var reader = new FuzzCall(static () => null);
        await ServeAsync(new Party("honest-reader", "phone"), reader);
        Assert.That((reader.Status.StatusCode, reader.Last!.Message?.Id), Is.EqualTo((StatusCode.OK, "m")));
    }
}
