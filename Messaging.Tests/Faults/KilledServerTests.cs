using System.Globalization;
using Grpc.Net.Client;
using Messaging.Tests.Protocol;
using Messaging.Tests.Support;
using NUnit.Framework;

namespace Messaging.Tests.Faults;

/// <summary>A server process that is killed under load, again and again, and judged from outside.</summary>
[TestFixture]
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class KilledServerTests
{
    private static readonly string[] Users = ["alice", "bob", "carol"];

    [Test]
    [Protocol("1.13", "1.14", "1.15", "1.16", "4.6", "4.33", "4.43", "5.18")]
    public Task Nothing_that_was_accepted_is_lost_repeated_or_moved_when_the_server_is_killed() => RunAsync(kills: 4);

    /// <summary><c>MESSAGING_KILLS</c> says how often; an hour takes about 2,000.</summary>
    [Test]
    [Explicit("takes minutes")]
    [Category("Long")]
    public Task Nothing_that_was_accepted_is_lost_repeated_or_moved_over_many_kills() => RunAsync(int.Parse(
        Environment.GetEnvironmentVariable("MESSAGING_KILLS") ?? "100", CultureInfo.InvariantCulture));

    private static async Task RunAsync(int kills)
    {
        var random = Seed.Random();
        await using var server = new ServerProcess();
        await server.StartAsync();
        var phones = Users.Select(user => new StubbornDevice(
            server.Address, $"{user}/phone", [.. Users.Where(other => other != user)], new Random(random.Next()))).ToList();
        var laptops = Users.Select(user => new StubbornDevice(
            server.Address, $"{user}/laptop", [], new Random(random.Next()))).ToList();
        try
        {
            for (var kill = 1; kill <= kills; kill++)
            {
                // Under load: every phone has got further since the last start.
                var before = phones.Select(phone => phone.AcceptedCount).ToList();
                var enough = random.Next(20, 400);
                await Wait.Eventually(
                    $"{enough} more are accepted before kill {kill}",
                    () => phones.Concat(laptops).Any(device => device.HasFailed)
                        || phones.Zip(before).All(pair => pair.First.AcceptedCount >= pair.Second + enough));
                await server.KillAsync();
                await server.StartAsync();
            }

            foreach (var device in phones.Concat(laptops))
                await device.StopAsync();
            await AuditAsync(server.Address, phones, laptops);
            Assert.That(phones.Select(phone => phone.Streams), Has.All.GreaterThan(kills), "each kill cost each a stream");
            TestContext.Out.WriteLine(
                $"{kills} kills, {phones.Sum(phone => phone.AcceptedCount)} messages accepted.");
        }
        catch
        {
            TestContext.Out.WriteLine(server.Output);
            throw;
        }
        finally
        {
            foreach (var device in phones.Concat(laptops))
                device.Dispose();
        }
    }

    /// <summary>Reads every sequence from its first entry, on devices that have never been there.</summary>
    private static async Task AuditAsync(string address, List<StubbornDevice> phones, List<StubbornDevice> laptops)
    {
        using var channel = GrpcChannel.ForAddress(address);
        var accepted = phones.ToDictionary(phone => phone.User, phone => phone.Accepted);
        foreach (var (phone, laptop) in phones.Zip(laptops))
        {
            await using var audit = await ProbeDevice.ConnectAsync(
                channel.CreateCallInvoker(), $"{phone.User}/audit", acknowledges: offset => offset % 32 == 0);
            await audit.Until($"the whole queue of {phone.User}", () => audit.Position >= audit.Head);

            var messages = audit.Messages;
            AssertHolds(audit, phone);
            AssertHolds(audit, laptop);
            AssertComplete(phone.User, messages, accepted);
            AssertOrdered(phone.User, messages);
            await AssertRepeatsAsync(channel, phone);
        }
    }

    /// <summary>What a device was told before a kill is what stands there now.</summary>
    private static void AssertHolds(ProbeDevice audit, StubbornDevice device)
    {
        var now = audit.Messages.ToDictionary(
            message => message.SignalOffset, message => StubbornDevice.Describe(message.From.User, message));
        foreach (var (offset, what) in device.Queue)
        {
            if (what.StartsWith("message ", StringComparison.Ordinal))
                Assert.That(now.GetValueOrDefault(offset), Is.EqualTo(what), $"{device.Name} at {offset}");
            else
                Assert.That(now, Does.Not.ContainKey(offset), $"{device.Name} had {what} at {offset}");
        }
    }

    private static void AssertComplete(
        string user, IReadOnlyList<V1.Message> messages, Dictionary<string, Dictionary<string, (int Signal, int User)>> accepted)
    {
        var stored = messages.ToLookup(message => (message.From.User, message.Id), message => message);
        Assert.That(stored.Where(same => same.Count() > 1).Select(same => same.Key), Is.Empty, "delivered once");
        foreach (var (id, offsets) in accepted[user])
        {
            var own = stored[(user, id)].SingleOrDefault();
            Assert.That(own is null ? default : (own.SignalOffset, own.UserOffset), Is.EqualTo(offsets), $"{user}'s {id}");
        }

        // Each of its messages is one that its sender was told of, with the same place in the conversation.
        foreach (var message in messages)
        {
            Assert.That(
                accepted[message.From.User].GetValueOrDefault(message.Id).User, Is.EqualTo(message.UserOffset),
                $"{message.From.User}'s {message.Id} at {user}");
        }
    }

    private static void AssertOrdered(string user, IReadOnlyList<V1.Message> messages)
    {
        foreach (var conversation in messages.GroupBy(
            message => message.From.User == user ? message.To.User : message.From.User))
        {
            Assert.That(
                conversation.Select(message => message.UserOffset),
                Is.EqualTo(Enumerable.Range(1, conversation.Count())), $"{user} with {conversation.Key}");
            foreach (var sender in conversation.GroupBy(message => message.From.User))
            {
                Assert.That(
                    sender.Select(message => message.Id), Is.Ordered.Using((IComparer<string>)StringComparer.Ordinal),
                    $"{sender.Key} in the conversation of {user} with {conversation.Key}");
            }
        }
    }

    private static async Task AssertRepeatsAsync(GrpcChannel channel, StubbornDevice phone)
    {
        await using var repeating = await ProbeDevice.ConnectAsync(
            channel.CreateCallInvoker(), $"{phone.User}/repeating", [new("messaging-start", "head")], acknowledges: _ => true);
        var head = repeating.Head;
        foreach (var (id, offsets) in phone.Accepted.Take(25).Concat(phone.Accepted.TakeLast(25)))
        {
            var answer = await repeating.RepeatAsync(phone.Sent(id).Clone());
            Assert.That((answer.SignalOffset, answer.UserOffset), Is.EqualTo(offsets), id);
        }

        Assert.That(repeating.Position, Is.EqualTo(head), "repeats are no entries");
    }
}
