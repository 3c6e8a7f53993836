using Messaging.Service.Delivery;
using Messaging.Tests.Protocol;
using NUnit.Framework;

namespace Messaging.Tests.Delivery;

public sealed class Base64TextTests
{
    [TestCase("")]
    [TestCase("QUJD")]
    [TestCase("QUI=")]
    [TestCase("QQ==")]
    [TestCase("+/+/")]
    [Protocol("9.38")]
    public void Base64_with_padding_passes(string text) => Assert.That(Base64Text.IsStrict(text), Is.True);

    [TestCase("QUI", Description = "padding is missing")]
    [TestCase("QUJD ", Description = "white space")]
    [TestCase("QUJD\r\nQUJD")]
    [TestCase("-_-_", Description = "the URL alphabet")]
    [TestCase("Q===")]
    [TestCase("====")]
    [TestCase("=QUJ")]
    [TestCase("QQ==QUJD")]
    [TestCase("QR==", Description = "a second spelling of QQ==")]
    [TestCase("QUJ=", Description = "a second spelling of QUI=")]
    [Protocol("9.38")]
    public void Anything_else_does_not(string text) => Assert.That(Base64Text.IsStrict(text), Is.False);
}
