using System.Security.Cryptography;
using Messaging.Service.Ledger.Sqlite;
using Messaging.Service.Operations.Verbs;
using Microsoft.Extensions.Options;

namespace Messaging.Service.Hosting;

/// <summary>Builds the service, and runs it as a program.</summary>
public static class MessagingApplication
{
    /// <summary>
    /// Builds the service, ready to be started. Settings come from <c>appsettings.json</c> beside the program, the
    /// environment and <paramref name="args"/>.
    /// </summary>
    /// <param name="args">The command line.</param>
    /// <param name="configure">Changes what has been set up, before it is built; for tests.</param>
    public static WebApplication Create(string[] args, Action<WebApplicationBuilder>? configure = null)
    {
        var builder = WebApplication.CreateBuilder(new WebApplicationOptions
        {
            // Settings are read once: a watcher on the program's folder would only cost.
            Args = [.. args, "--hostBuilder:reloadConfigOnChange=false"],
            ContentRootPath = AppContext.BaseDirectory,
        });
        builder.AddMessaging();
        configure?.Invoke(builder);

        var app = builder.Build();
        app.MapMessaging();
        return app;
    }

    /// <summary>
    /// Runs the service until it is told to stop, or the verb that the command line names, and gives the process's exit
    /// code.
    /// </summary>
    /// <param name="args">The command line.</param>
    /// <param name="error">Where it says why it does not start; the console's if left out.</param>
    /// <param name="output">Where a verb says what came of it; the console's if left out.</param>
    public static async Task<int> RunAsync(string[] args, TextWriter? error = null, TextWriter? output = null)
    {
        if (CommandLineWords.Of(args) is var line && line.HasVerb())
            return await RunVerbAsync(line, output ?? Console.Out, error ?? Console.Error);

        await using var app = await TryStartAsync(args, error ?? Console.Error);
        if (app is null)
            return 1;

        Announcement.Write(app, Console.Out);
        await app.WaitForShutdownAsync();
        return app.Services.GetRequiredService<LedgerHost>().HasFailed ? 1 : 0;
    }

    private static async Task<int> RunVerbAsync(CommandLineWords line, TextWriter output, TextWriter error)
    {
        try
        {
            return await VerbTree.RunAsync(line.Words, LedgerSettings, output, error);
        }
        catch (Exception refused) when (SentenceFor(refused) is { } sentence)
        {
            await error.WriteLineAsync(sentence);
            return 1;
        }

        // Of a service that is not started: the same files, the same environment, the same checks.
        LedgerOptions LedgerSettings()
        {
            using var app = (IDisposable)Create(line.Settings);
            return ((WebApplication)app).Services.GetRequiredService<LedgerOptions>();
        }
    }

    private static async Task<WebApplication?> TryStartAsync(string[] args, TextWriter error)
    {
        WebApplication? app = null;
        try
        {
            app = Create(args);
            await app.StartAsync();
            return app;
        }
        catch (Exception refused) when (SentenceFor(refused) is { } sentence)
        {
            await error.WriteLineAsync(sentence);
            if (app is not null)
                await app.DisposeAsync();
            return null;
        }
    }

    // What an operator can put right gets a sentence; anything else is a bug and keeps its trace.
    private static string? SentenceFor(Exception exception) => exception switch
    {
        OptionsValidationException invalid => string.Join(Environment.NewLine, invalid.Failures),
        AggregateException { InnerExceptions: var several } when several.All(one => SentenceFor(one) is not null) =>
            string.Join(Environment.NewLine, several.Select(SentenceFor)),
        StartupException => exception.Message,
        IOException => $"The service cannot listen: {exception.Message}",
        CryptographicException => $"A certificate under Kestrel cannot be used: {exception.Message}",
        FormatException => $"urls must be addresses such as {ListenAddresses.Default}: {exception.Message}",
        _ => null,
    };
}
