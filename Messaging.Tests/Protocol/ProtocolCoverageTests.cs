using System.Reflection;
using System.Text.RegularExpressions;
using Messaging.Tests.Support;
using NUnit.Framework;

namespace Messaging.Tests.Protocol;

/// <summary>Holds the page and the tests together: every sentence has a test, and every test names a real sentence.</summary>
public sealed partial class ProtocolCoverageTests
{
    /// <summary>What the page marks as not there yet.</summary>
    private static readonly string[] NotThereYet = [];

    [Test]
    public void Every_sentence_of_the_protocol_is_named_by_a_test() =>
        Assert.That(SentencesOfThePage().Except(SentencesOfTheTests()), Is.EquivalentTo(NotThereYet));

    [Test]
    public void Every_sentence_that_a_test_names_is_there() =>
        Assert.That(SentencesOfTheTests().Except(SentencesOfThePage()), Is.Empty);

    [GeneratedRegex(@"\*\*(\d+\.\d+)\*\*")]
    private static partial Regex Number();

    private static HashSet<string> SentencesOfThePage()
    {
        var page = File.ReadAllText(Path.Combine(SourceFolder.Path, "docs", "protocol.md"));
        return [.. Number().Matches(page).Select(match => match.Groups[1].Value)];
    }

    private static HashSet<string> SentencesOfTheTests()
    {
        var types = typeof(ProtocolCoverageTests).Assembly.GetTypes();
        var members = types.Concat<MemberInfo>(types.SelectMany(type => type.GetMethods()));
        return [.. members.SelectMany(member => member.GetCustomAttribute<ProtocolAttribute>()?.Sentences ?? [])];
    }
}
