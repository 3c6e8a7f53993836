namespace Messaging.Tests.Reliability.Histories;

/// <summary>
/// What may come next in a history, and how often: each history leans another way, so that what is rare in one is
/// common in another.
/// </summary>
internal sealed class Chance
{
    /// <summary>Draws in vain before the history goes on without.</summary>
    private const int Tries = 40;

    private static readonly double[] Leanings = [0, 0.3, 1, 1, 1, 3];

    private readonly Random random;
    private readonly List<(double UpTo, Func<ValueTask<bool>> Happen)> kinds = [];
    private double total;

    public Chance(Random random) => this.random = random;

    /// <param name="weight">How often, beside the others.</param>
    /// <param name="happen">Does it; false where it can't be now.</param>
    /// <param name="isNeeded">Without it nothing goes on: no history leans away from it.</param>
    public Chance Add(double weight, Func<ValueTask<bool>> happen, bool isNeeded = false)
    {
        var leaning = Leanings[random.Next(Leanings.Length)];
        total += isNeeded ? weight : weight * leaning;
        kinds.Add((total, happen));
        return this;
    }

    public Chance Add(double weight, Func<bool> happen, bool isNeeded = false) =>
        Add(weight, () => ValueTask.FromResult(happen()), isNeeded);

    /// <summary>One thing happens, of those that can.</summary>
    public async ValueTask HappenAsync()
    {
        for (var tries = 0; tries < Tries; tries++)
        {
            var drawn = random.NextDouble() * total;
            if (await kinds.First(kind => drawn < kind.UpTo).Happen())
                return;
        }
    }
}
