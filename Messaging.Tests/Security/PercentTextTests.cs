using Messaging.Service.Security;
using NUnit.Framework;

namespace Messaging.Tests.Security;

public sealed class PercentTextTests
{
    [TestCase("alice", "alice")]
    [TestCase("alice@example.org/a b", "alice@example.org/a b")]
    [TestCase("j%C3%BCrgen", "jürgen")]
    [TestCase("100%25", "100%")]
    [TestCase("%f0%9f%98%80", "😀")]
    public void Printable_ascii_stands_for_itself_and_the_rest_is_encoded(string value, string text)
    {
        Assert.That(PercentText.TryDecode(value, out var decoded), Is.True);
        Assert.That(decoded, Is.EqualTo(text));
    }

    [TestCase("100%")]
    [TestCase("%4")]
    [TestCase("%zz")]
    [TestCase("%FF")]
    [TestCase("%ED%A0%80", Description = "a lone surrogate")]
    [TestCase("jürgen")]
    [TestCase("a\tb")]
    public void What_does_not_decode_is_not_usable(string value) =>
        Assert.That(PercentText.TryDecode(value, out _), Is.False);
}
