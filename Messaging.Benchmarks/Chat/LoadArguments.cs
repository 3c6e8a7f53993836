using Messaging.Benchmarks.Commands;

namespace Messaging.Benchmarks.Chat;

/// <summary>The options that every command with a chat in it has.</summary>
internal static class LoadArguments
{
    /// <summary>Seconds until the service is compiled as well as it will be, on one core that is never idle.</summary>
    public const int Heat = 30;

    /// <summary>Placed in <see cref="ChatOptions.Url"/> until a server has been started.</summary>
    private static readonly Uri Unset = new("http://127.0.0.1:5080");

    public static ChatOptions Take(
        Arguments arguments, int seconds, int warmup, int inFlight = 64, int patience = 30) => new()
    {
        Url = Unset,
        Pairs = arguments.TakeNumber("--pairs", 16, 1, 10_000),
        InFlight = arguments.TakeNumber("--in-flight", inFlight, 1, 4_000),
        Payload = arguments.TakeNumber("--payload", 256, 0, 256 * 1024),
        Devices = arguments.TakeNumber("--devices", 1, 1, 100),
        Length = arguments.TakeSeconds("--seconds", seconds, 1),
        Warmup = arguments.TakeSeconds("--warmup", warmup, 0),
        Repeat = arguments.TakeNumber("--repeat", 3, 1, 1_000),
        Patience = arguments.TakeSeconds("--patience", patience, 1),
    };

    public static Dictionary<string, string> Settings(this ChatOptions options, bool isPinned) => new()
    {
        ["pairs"] = $"{options.Pairs}",
        ["in-flight"] = $"{options.InFlight}",
        ["payload"] = $"{options.Payload}",
        ["devices"] = $"{options.Devices}",
        ["pinned"] = isPinned ? "yes" : "no",
    };
}
