using Messaging.Benchmarks.Chat;

namespace Messaging.Benchmarks.Crowd;

/// <summary>What a crowd costs the server, and a chat before it came and beside it.</summary>
internal sealed record IdleResult(
    double ConnectSeconds, double KilobytesEach, double Cpu, int Lost, ChatResult Before, ChatResult Beside);
