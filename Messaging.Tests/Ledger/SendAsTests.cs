using System.Text;
using Messaging.Service.Ledger;
using Messaging.Service.Ledger.Sqlite;
using Messaging.Tests.Protocol;
using Messaging.Tests.Support;
using Microsoft.Extensions.Logging.Abstractions;
using NUnit.Framework;

namespace Messaging.Tests.Ledger;

/// <summary>A message that a device sends in another user's name is that user's also where somebody is blocked.</summary>
[TestFixture]
public sealed class SendAsTests
{
    [Test]
    [Protocol("11.14")]
    public async Task A_block_is_of_the_user_in_whose_name_a_message_is_sent()
    {
        using var folder = TemporaryFolder.Create();
        await using var ledger = await SqliteLedger.OpenAsync(
            new LedgerOptions { Path = folder.File("ledger.db") }, TimeProvider.System, NullLogger<SqliteLedger>.Instance);
        using var service = await LedgerDevice.OpenAsync(ledger, "service/one");
        foreach (var (blocker, blocked) in new[] { ("bob", "alice"), ("carol", "service") })
        {
            var block = new BlockUser(new Party(blocker, "phone"), blocked);
            await ledger.SubmitAsync(block, CancellationToken.None);
            await block.Settled.InTime("the block is settled");
        }

        Assert.That(await SendAsync("bob", "m-1"), Is.EqualTo(Settlement.NotPermitted));
        Assert.That(await SendAsync("carol", "m-2"), Is.EqualTo(Settlement.Recorded));

        async Task<Settlement> SendAsync(string to, string id)
        {
            var body = Encoding.UTF8.GetBytes("hello");
            return (await service.VisibleAsync(new SendMessage(
                service.Stream, id, to, body, LedgerDevice.Digest(to, body), author: "alice"))).Settlement;
        }
    }
}
