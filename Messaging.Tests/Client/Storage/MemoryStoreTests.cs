using Messaging.Client;
using NUnit.Framework;

namespace Messaging.Tests.Client.Storage;

[TestFixture]
internal sealed class MemoryStoreTests : StoreContract
{
    protected override MessagingStore Open() => MessagingStore.InMemory();

    protected override Task<MessagingStore> CloseAsync(MessagingStore store) => Task.FromResult(store);

    [Test]
    public async Task Past_its_limit_the_oldest_messages_are_forgotten_and_no_longer_unread()
    {
        for (var i = 1; i <= 1002; i++)
            await TakeAsync($"m{i}", i);

        Assert.That((await MessagesAsync(limit: 2000)).Select(m => m.Id).First(), Is.EqualTo("m3"));
        Assert.That(await UnreadAsync(), Is.EqualTo(1000));
    }

    [Test]
    public async Task Past_its_limit_the_oldest_parked_messages_are_forgotten()
    {
        for (var i = 1; i <= 1002; i++)
            await ParkAsync(await AddAsync($"m{i}"));

        Assert.That((await ParkedAsync())[0].Frame.Message.Id, Is.EqualTo("m3"));
    }
}
