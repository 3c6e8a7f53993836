using System.Collections.Concurrent;
using Grpc.Core;
using Messaging.Tests.Protocol;
using Messaging.V1;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Logging;
using NUnit.Framework;

namespace Messaging.Tests.Security;

/// <summary>What is written down of changes to accounts.</summary>
[TestFixture]
public sealed class AccountAuditTests : AccountTests
{
    private readonly ConcurrentQueue<string> lines = new();

    private protected override void Configure(WebApplicationBuilder builder) =>
        builder.Logging.AddProvider(new AuditLines(lines)).SetMinimumLevel(LogLevel.Trace);

    [Test]
    public async Task Removals_and_blocks_are_written_down_and_nothing_else_is()
    {
        await DisconnectAsync(await ConnectAsync("alice/laptop"));
        await NameAsync("alice/phone", "laptop", "a secret label");
        await BlockAsync("alice/phone", "bob");
        await UnblockAsync("alice/phone", "bob");
        await RevokeAsync("alice/phone", "laptop");
        await RefusedAsync(() => BlockAsync("alice/phone", ""), Grpc.Core.StatusCode.InvalidArgument);
        await BlockedAsync("alice/phone");

        Assert.That(lines.Where(line => !line.Contains("signed in", StringComparison.Ordinal) && line.Contains("alice", StringComparison.Ordinal)), Is.EqualTo(new[]
        {
            "Information 605: alice/phone blocked bob",
            "Information 606: alice/phone no longer blocks bob",
            "Information 604: alice/phone removed the device laptop from the account",
        }));
    }

    [Test]
    public async Task Every_call_and_stream_of_a_removed_device_is_written_down_with_its_name()
    {
        await DisconnectAsync(await ConnectAsync("alice/laptop"));
        await RevokeAsync("alice/phone", "laptop");
        await RefusedAsync(() => DevicesAsync("alice/laptop"), StatusCode.PermissionDenied, "device_revoked");
        await RefusedAsync(
            () => new HistoryService.HistoryServiceClient(Server.Channel)
                .ListAsync(new HistoryServiceListRequest { User = "bob" }, As("alice/laptop")).InCallTime(),
            StatusCode.PermissionDenied, "device_revoked");
        await RefusedAsync(As("alice/laptop"));

        var refusals = lines.Where(line => line.StartsWith("Warning 602", StringComparison.Ordinal)).ToList();
        Assert.That(refusals, Has.Count.EqualTo(3), string.Join('\n', refusals));
        Assert.That(refusals, Is.All.Contains("PermissionDenied, alice/laptop has been removed from its account"));
        foreach (var method in new[] { "AccountService/ListDevices", "HistoryService/List", "MessagingService/Sync" })
            Assert.That(refusals, Has.Exactly(1).Contains(method));
    }

    private sealed class AuditLines(ConcurrentQueue<string> lines) : ILoggerProvider
    {
        public ILogger CreateLogger(string categoryName) => new Logger(categoryName == "Messaging.Audit" ? lines : null);

        public void Dispose()
        {
        }

        private sealed class Logger(ConcurrentQueue<string>? lines) : ILogger
        {
            public IDisposable? BeginScope<TState>(TState state)
                where TState : notnull => null;

            public bool IsEnabled(LogLevel logLevel) => lines is not null;

            public void Log<TState>(
                LogLevel logLevel, EventId eventId, TState state, Exception? exception,
                Func<TState, Exception?, string> formatter) =>
                lines?.Enqueue($"{logLevel} {eventId.Id}: {formatter(state, exception)}");
        }
    }
}
