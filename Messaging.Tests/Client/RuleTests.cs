using Messaging.Client;
using Messaging.Client.Connection;
using Messaging.Client.Inbox;
using Messaging.Client.Outbox;
using Messaging.Tests.Protocol;
using NUnit.Framework;

namespace Messaging.Tests.Client;

internal sealed class RuleTests
{
    [TestCase(0, 0.0, 0)]
    [TestCase(0, 0.5, 50)]
    [TestCase(3, 0.5, 400)]
    [TestCase(7, 1.0, 10_000)]
    [TestCase(int.MaxValue, 1.0, 10_000)]
    public void Full_jitter_stays_within_the_doubling_bound(int attempt, double random, int expected)
    {
        var delay = FullJitter.Delay(attempt, TimeSpan.FromMilliseconds(100), TimeSpan.FromSeconds(10), random);

        Assert.That(delay, Is.EqualTo(TimeSpan.FromMilliseconds(expected)));
    }

    [Test]
    public void The_connection_moves_only_as_its_table_says()
    {
        var legal =
            from ConnectionState start in Enum.GetValues<ConnectionState>()
            from ConnectionState end in Enum.GetValues<ConnectionState>()
            where ConnectionMachine.IsLegal(start, end)
            select (start, end);

        Assert.That(legal, Is.EquivalentTo(new[]
        {
            (ConnectionState.Connecting, ConnectionState.Connected),
            (ConnectionState.Connecting, ConnectionState.Waiting),
            (ConnectionState.Connecting, ConnectionState.Paused),
            (ConnectionState.Connecting, ConnectionState.Closed),
            (ConnectionState.Connecting, ConnectionState.Failed),
            (ConnectionState.Connected, ConnectionState.Waiting),
            (ConnectionState.Connected, ConnectionState.Connecting),
            (ConnectionState.Connected, ConnectionState.Paused),
            (ConnectionState.Connected, ConnectionState.Closed),
            (ConnectionState.Connected, ConnectionState.Failed),
            (ConnectionState.Waiting, ConnectionState.Connecting),
            (ConnectionState.Waiting, ConnectionState.Paused),
            (ConnectionState.Waiting, ConnectionState.Closed),
            (ConnectionState.Waiting, ConnectionState.Failed),
            (ConnectionState.Paused, ConnectionState.Connecting),
            (ConnectionState.Paused, ConnectionState.Closed),
            (ConnectionState.Paused, ConnectionState.Failed),
        }));
    }

    [Test]
    public void A_move_from_another_state_than_the_present_one_is_a_bug()
    {
        var machine = new ConnectionMachine();

        Assert.That(() => machine.Move(ConnectionState.Connected, ConnectionState.Waiting),
            Throws.InvalidOperationException);
    }

    [TestCase("alice", "alice")]
    [TestCase("a b", "a%20b")]
    [TestCase("100%", "100%25")]
    [TestCase("zoë", "zo%C3%AB")]
    [Protocol("2.8")]
    public void Names_are_percent_encoded_in_headers(string name, string encoded) =>
        Assert.That(HeaderText.Encode(name), Is.EqualTo(encoded));

    [TestCase("30", 75.0)]
    [TestCase("0.5", 1.25)]
    [TestCase("0", null)]
    [TestCase("-1", null)]
    [TestCase("soon", null)]
    [TestCase(null, null)]
    [Protocol("2.28", "2.29")]
    public void The_longest_silence_is_two_and_a_half_heartbeats(string? heartbeat, double? seconds) =>
        Assert.That(
            StreamHeaders.Read(name => name == "messaging-heartbeat" ? heartbeat : null).LongestSilence?.TotalSeconds,
            Is.EqualTo(seconds));

    [Test]
    [Protocol("4.15")]
    public void An_answer_ahead_of_lower_entries_counts_when_it_gets_in_line()
    {
        var position = new Position();
        position.Begin(new SignalOffset(0));
        position.Count(new SignalOffset(2), OwnAnswer.Delivery);
        Assert.That(position.Known, Is.EqualTo(new SignalOffset(0)));

        Assert.That(position.Advance(new SignalOffset(1)), Is.EqualTo(Step.New));

        Assert.That(position.Known, Is.EqualTo(new SignalOffset(2)));
    }

    [Test]
    [Protocol("4.20")]
    public void An_answer_in_doubt_counts_nothing_until_the_next_frame_skips_it()
    {
        var position = new Position();
        position.Begin(new SignalOffset(0));
        position.Count(new SignalOffset(1), OwnAnswer.InDoubt);
        Assert.That(position.Known, Is.EqualTo(new SignalOffset(0)));

        Assert.That(position.Advance(new SignalOffset(2)), Is.EqualTo(Step.New));
    }

    [Test]
    public void An_entry_before_the_first_position_signal_is_a_gap() =>
        Assert.That(new Position().Advance(new SignalOffset(1)), Is.EqualTo(Step.Gap));

    [Test]
    public void A_position_past_the_last_offset_is_refused() =>
        Assert.That(() => new SignalOffset(int.MaxValue).Next(), Throws.TypeOf<OverflowException>());

    [TestCase("not_found: no such message", "not_found", "no such message")]
    [TestCase("odd", "unknown", "odd")]
    public void A_refusal_has_a_code_and_a_text(string error, string code, string text) =>
        Assert.That(Refusal.Parse(error), Is.EqualTo(new Refusal(code, text)));

    [Test]
    public void Options_that_cannot_work_are_named()
    {
        var good = new MessagingClientOptions { Address = new Uri("https://host"), User = "alice", Device = "phone" };
        good.Validate();

        MessagingClientOptions[] bad =
        [
            good with { User = "" },
            good with { Device = "a\nb" },
            good with { Address = new Uri("ftp://host") },
            good with { Window = 0 },
            good with { MaxUnacceptedMessages = 70_000 },
            good with { RetryMaxDelay = TimeSpan.FromMinutes(1) },
        ];
        foreach (var options in bad)
            Assert.That(options.Validate, Throws.InstanceOf<ArgumentException>());
    }
}
