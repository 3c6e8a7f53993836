namespace Messaging.Benchmarks.Chat;

/// <summary>What <see cref="ChatCommand"/> is asked to do; its help says what each means.</summary>
internal sealed record ChatOptions
{
    public required Uri Url { get; init; }
    public required int Pairs { get; init; }
    public required int InFlight { get; init; }
    public required int Payload { get; init; }
    public required TimeSpan Length { get; init; }
    public required TimeSpan Warmup { get; init; }
    public required int Repeat { get; init; }
    public required TimeSpan Patience { get; init; }
    public required int? ServerProcessId { get; init; }
    public required string? JsonFile { get; init; }
}
