using Messaging.Benchmarks.Http2;
using Messaging.Benchmarks.Wire;

namespace Messaging.Benchmarks.Chat;

/// <summary>The load; the help of <see cref="ChatCommand"/> says what each means.</summary>
internal sealed record ChatOptions
{
    public required Uri Url { get; init; }
    public required int Pairs { get; init; }
    public required int InFlight { get; init; }
    public required int Payload { get; init; }
    public required int Devices { get; init; }
    public required TimeSpan Length { get; init; }
    public required TimeSpan Warmup { get; init; }
    public required int Repeat { get; init; }
    public required TimeSpan Patience { get; init; }

    /// <summary>The size of one message's frame, as the goals count it.</summary>
    public int FrameBytes
    {
        get
        {
            var recipient = $"bench-{new string('0', 10)}-1-r";
            return new MessageTemplate(recipient, Payload, TimeProvider.System.GetUtcNow()).Size
                - MessageAssembler.PrefixSize;
        }
    }
}
