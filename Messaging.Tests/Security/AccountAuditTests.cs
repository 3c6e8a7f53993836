using System.Collections.Concurrent;
using Messaging.Tests.Protocol;
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
