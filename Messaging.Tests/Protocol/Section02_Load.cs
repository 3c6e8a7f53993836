using Messaging.Service.Hosting;
using Messaging.Tests.Support;
using Messaging.V1;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using NUnit.Framework;

namespace Messaging.Tests.Protocol;

/// <summary>Protocol §2: what a stream may have unanswered, and what it carries.</summary>
[TestFixture]
public sealed class Section02_Load : ProtocolTests
{
    private const int Unanswered = 16;

    private readonly List<GatedLedger> ledgers = [];

    private protected override string[] Settings =>
        [$"--Messaging:Streams:Unanswered={Unanswered}"];

    private protected override void Configure(WebApplicationBuilder builder) =>
        builder.Services.AddSingleton<OpenLedger>(async (services, cancellationToken) =>
        {
            ledgers.Add(new GatedLedger(await LedgerOpening.OpenAsync(services, cancellationToken)));
            return ledgers[^1];
        });

    [Test]
    [Protocol("2.51")]
    public async Task A_stream_with_too_much_unanswered_is_not_read_until_answers_have_been_written()
    {
        var ledger = ledgers[^1];
        var alice = await ConnectAsync("alice/phone");
        var carol = await ConnectAsync("carol/phone");
        ledger.Shut();
        for (var i = 0; i < 100; i++)
            await alice.UpAsync(Up(ProbeDevice.Text("bob", $"m-{i}")));
        await Wait.Eventually("as much as may be is taken", () => ledger.Held == Unanswered);
        for (var i = 0; i < 20; i++)
            await SoFarAsync(carol);
        Assert.That(ledger.Held, Is.EqualTo(Unanswered), "others are served, this one is not read");
        Assert.That(alice.Frames, Has.Count.EqualTo(1));

        await ledger.OpenAsync();
        await alice.Until("all answers", () => alice.Frames.Count == 101);
        Assert.That(
            alice.Frames.Skip(1).Select(frame => frame.Signal.Id), Is.EqualTo(Enumerable.Range(0, 100).Select(i => $"m-{i}")));
    }

    [Test]
    [Protocol("2.53")]
    public async Task Both_directions_are_full_at_once_and_neither_waits_for_the_other()
    {
        const int Count = 400;
        var text = new string('x', 8 * 1024);
        var alice = await ConnectAsync("alice/phone");
        var bob = await ConnectAsync("bob/phone");
        await Task.WhenAll(SendAsync(alice, "bob"), SendAsync(bob, "alice"), AcknowledgeAsync(alice), AcknowledgeAsync(bob));
        await alice.Until("all answers", () => Answers(alice) == Count);
        await bob.Until("all answers", () => Answers(bob) == Count);

        async Task SendAsync(ProbeDevice device, string to)
        {
            for (var i = 0; i < Count; i++)
                await device.UpAsync(Up(ProbeDevice.Text(to, $"m-{i}", text)));
        }

        // Reading never waits for this.
        static async Task AcknowledgeAsync(ProbeDevice device)
        {
            for (var got = 0; got < Count;)
            {
                got = (await device.MessagesAsync(got + 1)).Count;
                await device.UpAsync(Up(Received(device.Position)));
            }
        }

        static int Answers(ProbeDevice device) =>
            device.Frames.Count(frame => frame.Signal is { From: null, SignalAckState.Send: true });
    }

    [Test]
    [Protocol("2.50")]
    public async Task A_message_for_one_device_is_carried_to_all_devices_of_the_user()
    {
        var phone = await ConnectAsync("bob/phone");
        var tablet = await ConnectAsync("bob/tablet");
        var alice = await ConnectAsync("alice/phone");
        var message = ProbeDevice.Text("bob", "m");
        message.To.Device = "tablet";
        await alice.AskAsync(message);

        foreach (var device in new[] { phone, tablet })
            Assert.That((await device.MessagesAsync(1))[0].To, Is.EqualTo(new Identity { User = "bob", Device = "tablet" }));
    }
}
