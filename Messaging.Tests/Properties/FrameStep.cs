namespace Messaging.Tests.Properties;

/// <summary>
/// One step of a random run over frames. Its seed picks the rest against where the run stands when the step is taken,
/// so that whatever steps are left out of a run, the rest still means something.
/// </summary>
/// <param name="Kind">What is done.</param>
/// <param name="Device">By which of the devices.</param>
/// <param name="Seed">Picks the rest.</param>
internal sealed record FrameStep(FrameStepKind Kind, int Device, int Seed);

internal enum FrameStepKind
{
    Message,
    Again,
    Signal,
    Empty,
    Connect,
    Drop,
    HalfClose,
    Restart,
}
