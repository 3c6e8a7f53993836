using Messaging.Benchmarks.Chat;

namespace Messaging.Benchmarks.Soak;

/// <summary>The first thing that must not happen ends the run. Safe for concurrent use.</summary>
internal sealed class Violations
{
    private readonly TaskCompletionSource _first = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Faults with the first <see cref="ViolationException"/>, or never ends.</summary>
    public Task First => _first.Task;

    public void Say(string what) => _first.TrySetException(new ViolationException(what));
}
