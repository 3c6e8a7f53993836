using Messaging.Tests.Support;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;
using NUnit.Framework;

namespace Messaging.Tests.Protocol;

/// <summary>Protocol §9: what is refused for now because there is too much of it.</summary>
[TestFixture]
public sealed class Section09_Quotas : ProtocolTests
{
    private const int PerSecond = 3;
    private const int Quota = 5;

    private readonly FakeTimeProvider time = new();

    private protected override string[] Settings =>
    [
        $"--Messaging:Ledger:Quota={Quota}", $"--Messaging:Limits:MessagesPerSecond={PerSecond}",
        "--Messaging:Limits:Burst=00:00:01",
    ];

    private protected override void Configure(WebApplicationBuilder builder) =>
        builder.Services.AddSingleton<TimeProvider>(time);

    [Test]
    [Protocol("9.4")]
    public async Task A_device_over_its_rate_is_refused_for_now_and_keeps_its_order()
    {
        var alice = await ConnectAsync("alice/phone");
        Assert.That(await SendAllAsync(alice, "m-1", "m-2", "m-3"), Is.EqualTo(new[] { "1", "2", "3" }));
        Assert.That(await SendAllAsync(alice, "m-4"), Is.EqualTo(new[] { "resource_exhausted" }));

        time.Advance(TimeSpan.FromSeconds(1));
        Assert.That(await SendAllAsync(alice, "m-5"), Is.EqualTo(new[] { "aborted" }), "m-4 came first");
        Assert.That(await SendAllAsync(alice, "m-4", "m-5"), Is.EqualTo(new[] { "4", "5" }));
        Assert.That(await SendAllAsync(alice, "m-1"), Is.EqualTo(new[] { "resource_exhausted" }), "the rate comes first");
        var again = await ConnectAsync("alice/phone");
        var first = ProbeDevice.Text("bob", "m-1");
        Assert.That(Code(await again.RepeatAsync(first)), Is.EqualTo("resource_exhausted"), "it is the device's");

        time.Advance(TimeSpan.FromSeconds(1));
        Assert.That((await again.RepeatAsync(first)).UserOffset, Is.EqualTo(1));
    }

    [Test]
    [Protocol("9.5", "9.17", "4.37")]
    public async Task Messages_to_a_user_none_of_whose_devices_has_acknowledged_are_refused_past_the_quota()
    {
        var alice = await ConnectAsync("alice/phone");
        await SendInTimeAsync(alice, Enumerable.Range(1, Quota + 1));
        Assert.That(await SendAllAsync(alice, "m-7"), Is.EqualTo(new[] { "resource_exhausted" }), "more than the quota waits");
        Assert.That(await SendAllAsync(alice, "m-1"), Is.EqualTo(new[] { "1" }), "a repeat is answered all the same");

        var bob = await ConnectAsync("bob/phone");
        await ConnectAsync("bob/tablet");
        await bob.MessagesAsync(Quota + 1);
        await bob.AcknowledgeAsync(1);
        time.Advance(TimeSpan.FromSeconds(1));
        Assert.That(await SendAllAsync(alice, "m-7", "m-8"), Is.EqualTo(new[] { "7", "resource_exhausted" }));
    }

    [Test]
    [Protocol("9.17")]
    public async Task Receipts_are_not_refused_for_the_quota()
    {
        var alice = await ConnectAsync("alice/phone", ("messaging-window", "1"));
        await SendInTimeAsync(alice, Enumerable.Range(1, Quota + 1));
        var bob = await ConnectAsync("bob/phone");
        for (var i = 1; i <= Quota + 1; i++)
        {
            await bob.MessagesAsync(i);
            await bob.AcknowledgeAsync(i);
        }

        // Seven receipts wait for alice, which is more than the quota: bob's message has to wait, his receipt has not.
        var read = await bob.ReadAsync("alice", "m-1");
        Assert.That((read.SignalOffsetState, read.UserOffset), Is.EqualTo((true, 1)));
        Assert.That(Code(await bob.SendAsync("alice", "b-1")), Is.EqualTo("resource_exhausted"));
    }

    private static async Task<List<string>> SendAllAsync(ProbeDevice device, params string[] ids)
    {
        var answers = new List<string>();
        foreach (var id in ids)
        {
            var answer = await device.SendAsync("bob", id);
            answers.Add(answer.HasError ? Code(answer) : $"{answer.UserOffset}");
        }

        return answers;
    }

    private async Task SendInTimeAsync(ProbeDevice device, IEnumerable<int> numbers)
    {
        foreach (var number in numbers)
        {
            time.Advance(TimeSpan.FromSeconds(1));
            Assert.That(await SendAllAsync(device, $"m-{number}"), Is.EqualTo(new[] { $"{number}" }));
        }
    }
}
