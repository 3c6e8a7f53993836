using Messaging.Benchmarks.Measuring;

namespace Messaging.Benchmarks.Chat;

/// <summary>What `--json` writes.</summary>
internal sealed record ChatDocument(
    string Command,
    int Pairs,
    int InFlight,
    int PayloadBytes,
    double Seconds,
    double WarmupSeconds,
    IReadOnlyList<ChatResult> Repetitions,
    IReadOnlyDictionary<string, Spread> Summary);
