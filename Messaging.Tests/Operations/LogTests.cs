using Google.Protobuf;
using Messaging.Service.Operations;
using Messaging.Tests.Support;
using Messaging.V1;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Time.Testing;
using NUnit.Framework;

namespace Messaging.Tests.Operations;

/// <summary>The log at Information tells what happened, and nothing that was said.</summary>
[CancelAfter(60_000)]
[Parallelizable(ParallelScope.All)]
public sealed class LogTests
{
    [Test]
    public async Task The_life_of_a_service_is_told_without_a_word_of_its_users()
    {
        const string secret = "the-secret-of-alice";
        using var log = new StoryLog();
        await using (var server = await TestServer.StartAsync(
            builder => builder.Logging.AddProvider(log), "--Messaging:Telemetry:Listen=127.0.0.1:0"))
        {
            await using var alice = await server.ConnectAsync("alice/phone");
            await using var bob = await server.ConnectAsync("bob/laptop", acknowledges: _ => true);
            await alice.SendAsync("bob", "m1", secret);
            await alice.AskAsync(new Message(ProbeDevice.Text("bob", "m2", secret))
            {
                Encrypted = secret, Signature = secret, EncryptionType = secret, Payload = ByteString.CopyFromUtf8(secret),
            });
            await bob.ReadAsync("alice", "m1");
            await bob.AskAsync(new Signal { Id = "m1", To = new Identity { User = "alice" }, Type = SignalKind.Error, Error = secret });
            await alice.AskAsync(new Message { Id = "none", Payload = ByteString.CopyFromUtf8(secret) });
            await bob.HalfCloseAsync();
            await server.StopAsync();
        }

        var story = log.Lines;
        Assert.That(string.Join('\n', story), Does.Not.Contain(secret));
        string[] told =
        [
            "Information 301: Metrics and health are at http://127.0.0.1:",
            "Information 1000: Ledger ",
            "Information 300: Messaging ",
            "Information 100: Stream ",
            "Information 101: Stream ",
            "Information 104: The service is stopping: 1 streams",
            "Information 105: All streams have ended",
            "Information 1004: The ledger is closed",
            "Information 303: The service has stopped",
        ];
        var at = told.Select(line => story.TakeWhile(one => !one.StartsWith(line, StringComparison.Ordinal)).Count()).ToList();
        Assert.That(at, Is.Ordered, string.Join('\n', story));
        Assert.That(at, Has.None.EqualTo(story.Count), string.Join('\n', story));
        Assert.That(story, Has.Some.Contains("bob/laptop closed: half_closed, OK; ").And.Contains(" 0 of them refused, "));
        Assert.That(story, Has.Some.Contains("alice/phone closed: draining, Unavailable; ").And.Contains(" 2 of them refused, "));
        Assert.That(story.Where(line => !line.StartsWith("Information", StringComparison.Ordinal)), Is.Empty);
    }

    [Test]
    public async Task Devices_that_come_and_go_in_a_loop_cannot_fill_it()
    {
        using var log = new StoryLog();
        await using var server = await TestServer.StartAsync(
            builder =>
            {
                builder.Logging.AddProvider(log);
                builder.Services.Add(new(typeof(TimeProvider), new FakeTimeProvider(TimeProvider.System.GetUtcNow())));
            },
            "--Messaging:Telemetry:LinesPerSecond=3");
        for (var i = 0; i < 10; i++)
        {
            var device = await server.ConnectAsync("alice/phone");
            await device.HalfCloseAsync();
            await device.DisposeAsync();
        }

        Assert.That(log.Lines.Count(line => line.StartsWith("Information 100:", StringComparison.Ordinal)), Is.EqualTo(3));
        Assert.That(log.Lines.Count(line => line.StartsWith("Information 101:", StringComparison.Ordinal)), Is.EqualTo(3));
    }

    [Test]
    public void What_was_left_out_is_said_by_the_next_line_and_other_lines_are_not_held_back()
    {
        using var log = new StoryLog();
        using var loggers = LoggerFactory.Create(builder => builder.AddProvider(log));
        var time = new FakeTimeProvider();
        var bounded = new BoundedLog<LogTests>(loggers, new TelemetryOptions { LinesPerSecond = 2 }, time);
        for (var i = 0; i < 5; i++)
            Write(bounded, 1, $"line {i}");
        Write(bounded, 2, "another");
        time.Advance(TimeSpan.FromSeconds(1));
        Write(bounded, 1, "line 5");

        Assert.That(log.Lines, Is.EqualTo((string[])
        [
            "Warning 1: line 0 ", "Warning 1: line 1 ", "Warning 2: another ",
            "Warning 304: 3 lines like the next one were left out: there were too many in a second ", "Warning 1: line 5 ",
        ]));
    }

    private static void Write(BoundedLog<LogTests> log, int id, string text) =>
        log.Log(LogLevel.Warning, new EventId(id), text, exception: null, static (text, _) => text);
}
