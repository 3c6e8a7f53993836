namespace Messaging.Tests.Protocol;

/// <summary>
/// Names the numbered sentences of docs/protocol.md that a test, or every test of a class, holds the code to:
/// <c>[Protocol("4.7", "4.8")]</c>. Every sentence has to be named by a test somewhere.
/// </summary>
[AttributeUsage(AttributeTargets.Method | AttributeTargets.Class)]
public sealed class ProtocolAttribute(params string[] sentences) : Attribute
{
    public IReadOnlyList<string> Sentences { get; } = sentences;
}
