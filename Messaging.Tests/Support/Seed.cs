using System.Globalization;
using NUnit.Framework;

namespace Messaging.Tests.Support;

/// <summary>Randomness that can be had again: the seed is printed, and taken from <c>MESSAGING_SEED</c>.</summary>
internal static class Seed
{
    private const string Variable = "MESSAGING_SEED";

    public static Random Random()
    {
        var seed = Environment.GetEnvironmentVariable(Variable) is { Length: > 0 } given
            ? int.Parse(given, CultureInfo.InvariantCulture)
            : System.Random.Shared.Next();
        TestContext.Out.WriteLine($"{Variable}={seed}");
        return new Random(seed);
    }
}
