using System.Text.Json;
using Messaging.Service.Hosting;

namespace Messaging.Tests.Support;

/// <summary>Runs a verb of the service's executable on a ledger.</summary>
internal static class Verb
{
    /// <summary>In this process, by the program's own way.</summary>
    /// <param name="ledger">The ledger's file.</param>
    /// <param name="words">The verb and its arguments.</param>
    public static async Task<(int Code, string Output, string Error)> RunAsync(string ledger, params string[] words)
    {
        using var output = new StringWriter();
        using var error = new StringWriter();
        var code = await MessagingApplication.RunAsync([.. words, $"--Messaging:Ledger:Path={ledger}"], error, output)
            .InTime($"{string.Join(' ', words)} ends");
        return (code, output.ToString(), error.ToString());
    }

    /// <summary>As a process of its own.</summary>
    /// <param name="words">All of the command line.</param>
    public static Task<(int Code, string Output)> RunProcessAsync(params string[] words) =>
        OtherProgram.RunAsync("dotnet", [ServerProcess.Assembly, .. words], Wait.Deadline);

    /// <summary>What a verb that was to say it as JSON said.</summary>
    public static JsonElement Json(string output)
    {
        using var document = JsonDocument.Parse(output);
        return document.RootElement.Clone();
    }
}
