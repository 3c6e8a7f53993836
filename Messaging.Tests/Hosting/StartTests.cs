using Messaging.Service.Hosting;
using Messaging.Service.Ledger;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using NUnit.Framework;

namespace Messaging.Tests.Hosting;

[CancelAfter(60_000)]
public sealed class StartTests
{
    [TestCase("Messaging:Delivery:Window", "0")]
    [TestCase("Messaging:Delivery:Window", "many")]
    [TestCase("Messaging:Delivery:Heartbeat", "00:00:00")]
    [TestCase("Messaging:Limits:IdBytes", "-1")]
    [TestCase("Messaging:Streams:Unanswered", "1.5")]
    [TestCase("Messaging:Authentication:Mode", "Open")]
    [TestCase("Messaging:Ledger:Path", "/")]
    [TestCase("Messaging:Delivery:Windw", "5")]
    [TestCase("Messaging:Nonsense", "5")]
    [TestCase("Messaging:Ledger", "5")]
    public async Task A_bad_setting_stops_the_start_with_a_sentence_that_names_it(string key, string value)
    {
        var (exitCode, error) = await RunAsync("--environment", "Development", $"--{key}={value}");
        Assert.That(exitCode, Is.Not.Zero);
        Assert.That(error.Trim(), Does.StartWith(key).And.Not.Contain('\n'));
    }

    [Test]
    public async Task A_misspelt_section_stops_the_start()
    {
        var (exitCode, error) = await RunAsync("--environment", "Development", "--Messaging:Leger:Path=/tmp/x.db");
        Assert.That(exitCode, Is.Not.Zero);
        Assert.That(error.Trim(), Is.EqualTo("Messaging:Leger is not a setting."));
    }

    [Test]
    public async Task Without_a_mode_of_authentication_it_does_not_start()
    {
        var (exitCode, error) = await RunAsync("--environment", "Production");
        Assert.That(exitCode, Is.Not.Zero);
        Assert.That(error, Does.StartWith("Messaging:Authentication:Mode must be set"));
    }

    [TestCase("Production", "http://127.0.0.1:0")]
    [TestCase("Development", "http://0.0.0.0:0")]
    [TestCase("Development", "http://127.0.0.1:0;http://*:0")]
    public async Task The_development_mode_stays_on_loopback_and_in_development(string environment, string urls)
    {
        var (exitCode, error) = await RunAsync(
            "--environment", environment, "--urls", urls, "--Messaging:Authentication:Mode=Development");
        Assert.That(exitCode, Is.Not.Zero);
        Assert.That(error, Does.StartWith("Messaging:Authentication:Mode must not be Development"));
    }

    [Test]
    public async Task A_ledger_that_fails_stops_the_service()
    {
        var ledger = new FailingLedger();
        await using var app = MessagingApplication.Create(
            ["--environment", "Development", "--urls", "http://127.0.0.1:0"],
            builder =>
            {
                builder.Logging.ClearProviders();
                builder.Services.AddSingleton<OpenLedger>((_, _) => Task.FromResult<ILedger>(ledger));
            });
        await app.StartAsync();

        ledger.Fail();

        await app.WaitForShutdownAsync();
        Assert.That(app.Services.GetRequiredService<LedgerHost>().HasFailed, Is.True);
    }

    // The program's own way, in this process: only what it says on the console is taken aside.
    private static async Task<(int ExitCode, string Error)> RunAsync(params string[] args)
    {
        var error = new StringWriter();
        return (await MessagingApplication.RunAsync(args, error), error.ToString());
    }

    private sealed class FailingLedger : ILedger
    {
        private readonly TaskCompletionSource _completion = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public string Epoch => "epoch";

        public Task Completion => _completion.Task;

        public void Fail() => _completion.SetException(new IOException("the disk is gone"));

        public ValueTask SubmitAsync(Submission submission, CancellationToken cancellationToken) =>
            throw new LedgerClosedException();

        public ValueTask<HistoryPage?> ReadHistoryAsync(HistoryQuery query, CancellationToken cancellationToken) =>
            throw new LedgerClosedException();

        public ValueTask<ConversationPage?> ReadConversationsAsync(
            ConversationQuery query, CancellationToken cancellationToken) => throw new LedgerClosedException();

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}
