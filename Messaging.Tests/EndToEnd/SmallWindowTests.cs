using Messaging.Tests.Protocol;
using NUnit.Framework;

namespace Messaging.Tests.EndToEnd;

/// <summary>Protocol §5: a window of bytes that is smaller than a message.</summary>
[TestFixture]
public sealed class SmallWindowTests : ServerTests
{
    private protected override string[] Settings => ["--Messaging:Delivery:WindowBytes=1024"];

    [Test]
    [Protocol("5.3")]
    public async Task One_entry_may_always_go_however_large()
    {
        var alice = await ConnectAsync("alice/phone");
        for (var i = 1; i <= 3; i++)
            await alice.SendAsync("bob", $"m-{i}", new string('x', 10_000));
        var bob = await ConnectAsync("bob/phone");
        for (var i = 1; i <= 3; i++)
        {
            Assert.That(await bob.MessagesAsync(i), Has.Count.EqualTo(i));
            await bob.AcknowledgeAsync(i);
        }
    }
}
