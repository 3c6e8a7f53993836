using System.Globalization;
using Messaging.Tests.Support;
using NUnit.Framework;

namespace Messaging.Tests.Security.Fuzzing;

/// <summary>Frames that nobody would send, as many as there is time for.</summary>
[TestFixture]
public sealed class FuzzTests
{
    private const int Inputs = 40_000;
    private const string Count = "MESSAGING_INPUTS";

    [Test]
    public Task Whatever_comes_is_answered_or_ends_its_stream_typed() => new FuzzRun(Seed.Random().Next(), Inputs).RunAsync();

    [Test]
    [Explicit("takes minutes: a million inputs, or MESSAGING_INPUTS")]
    [Category("Long")]
    public Task Whatever_comes_is_answered_or_ends_its_stream_typed_a_million_times() => new FuzzRun(
        Seed.Random().Next(),
        Environment.GetEnvironmentVariable(Count) is { Length: > 0 } given
            ? int.Parse(given, CultureInfo.InvariantCulture)
            : 1_000_000).RunAsync();

    [Test]
    public void A_seed_makes_the_same_mutants_again_of_which_half_decode()
    {
        var (first, second) = (new Mutator(Corpus.Read(), new Random(Seed: 1)), new Mutator(Corpus.Read(), new Random(Seed: 1)));
        var decoded = 0;
        for (var i = 0; i < 5_000; i++)
        {
            var bytes = first.Next(decodes: false);
            Assert.That(second.Next(decodes: false), Is.EqualTo(bytes));
            decoded += Mutator.IsFrame(bytes) ? 1 : 0;
        }

        Assert.That(decoded, Is.InRange(1_500, 3_500));
    }

    [Test]
    public void Every_file_of_the_corpus_is_a_frame() => Assert.That(Corpus.Read().Select(Mutator.IsFrame), Is.All.True);
}
