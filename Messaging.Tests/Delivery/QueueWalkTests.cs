using Messaging.Service.Delivery;
using Messaging.Service.Ledger;
using Messaging.V1;
using NUnit.Framework;

namespace Messaging.Tests.Delivery;

public sealed class QueueWalkTests
{
    private const long Own = 7;

    private static readonly Party Bob = new("bob", "phone");

    private readonly StubStream _stream = new() { Number = new StreamNumber(Own) };

    [Test]
    public void What_waited_is_pulled_and_what_comes_to_one_who_has_caught_up_is_pushed()
    {
        var walk = Walk(cursor: 0, head: 2);
        Assert.That(Take(walk, 2, Entries.Message(1), Entries.Message(2)), Is.EqualTo(["pull 1", "pull 2"]));

        _stream.Head = new SignalOffset(4);
        Assert.That(Take(walk, 4, Entries.Message(3), Entries.Message(4)), Is.EqualTo(["push 3", "push 4"]));
    }

    [Test]
    public void What_waited_for_the_window_is_pulled_until_the_head_is_reached()
    {
        var walk = Walk(cursor: 0, head: 0, window: 1);
        _stream.Head = new SignalOffset(3);
        Assert.That(walk.WantsPage(), Is.True);
        Assert.That(Take(walk, 1, Entries.Message(1)), Is.EqualTo(["push 1"]));
        Assert.That(walk.WantsPage(), Is.False);

        Acknowledge(walk, 1);
        Assert.That(Take(walk, 2, Entries.Message(2)), Is.EqualTo(["pull 2"]));
        Acknowledge(walk, 2);
        Assert.That(Take(walk, 3, Entries.Message(3)), Is.EqualTo(["pull 3"]));
        Acknowledge(walk, 3);

        _stream.Head = new SignalOffset(4);
        Assert.That(walk.WantsPage(), Is.True);
        Assert.That(Take(walk, 4, Entries.Message(4)), Is.EqualTo(["push 4"]));
    }

    [Test]
    public void Own_entries_are_left_out_for_their_answer_was_their_delivery()
    {
        var walk = Walk(cursor: 0, head: 3);
        var frames = Take(walk, 3, Entries.Message(1), Entries.Message(2, Bob, Own), Entries.Message(3));
        Assert.That(frames, Is.EqualTo(["pull 1", "pull 3"]));
    }

    [Test]
    public void Own_entries_of_an_earlier_stream_come()
    {
        var walk = Walk(cursor: 0, head: 1);
        Assert.That(Take(walk, 1, Entries.Message(1, Bob, stream: 6)), Is.EqualTo(["pull 1"]));
    }

    [Test]
    public void Offsets_that_hold_nothing_are_accounted_for_before_the_next_entry()
    {
        var walk = Walk(cursor: 0, head: 5);
        var frames = Take(walk, 5, Entries.Message(3), Entries.Message(4, Bob, Own), Entries.Message(5));
        Assert.That(frames, Is.EqualTo(["position 2", "pull 3", "pull 5"]));
    }

    [Test]
    public void Offsets_that_hold_nothing_are_accounted_for_at_once_where_no_entry_follows()
    {
        var walk = Walk(cursor: 0, head: 5);
        Assert.That(Take(walk, 5, Entries.Message(1)), Is.EqualTo(["pull 1", "position 5"]));
        Assert.That(walk.WantsPage(), Is.False);
    }

    [Test]
    public void A_hole_at_the_end_of_a_page_is_accounted_for_with_the_next()
    {
        var walk = Walk(cursor: 0, head: 9);
        Assert.That(Take(walk, 5, Entries.Message(1)), Is.EqualTo(["pull 1"]));
        Assert.That(Take(walk, 9, Entries.Message(6)), Is.EqualTo(["position 5", "pull 6", "position 9"]));
    }

    [Test]
    public void An_entry_too_large_for_the_window_waits_for_an_acknowledgement()
    {
        var walk = Walk(cursor: 0, head: 2, bytes: 1024);
        Assert.That(Take(walk, 2, Entries.Message(1), Entries.Message(2, payload: 2000)), Is.EqualTo(["pull 1"]));
        Assert.That(walk.WantsPage(), Is.False);

        Acknowledge(walk, 1);
        Assert.That(walk.WantsPage(), Is.True);
        Assert.That(Take(walk, 2, Entries.Message(2, payload: 2000)), Is.EqualTo(["pull 2"]));
    }

    [Test]
    public void An_acknowledgement_past_the_cursor_skips_what_was_not_sent()
    {
        var walk = Walk(cursor: 0, head: 9);
        walk.Acknowledged(new SignalOffset(8), isPastCursor: true);
        Assert.That(Take(walk, 9, Entries.Message(9)), Is.EqualTo(["pull 9"]));
    }

    [Test]
    public void After_a_re_read_an_acknowledgement_at_or_before_the_cursor_skips_nothing()
    {
        var walk = Walk(cursor: 4, head: 4, window: 1);
        walk.GoBack(SignalOffset.None);
        Assert.That(Take(walk, 1, Entries.Message(1)), Is.EqualTo(["pull 1"]));
        Assert.That(walk.WantsPage(), Is.False);

        walk.Acknowledged(new SignalOffset(3), isPastCursor: false);
        Assert.That(walk.WantsPage(), Is.True);
        Assert.That(Take(walk, 2, Entries.Message(2)), Is.EqualTo(["pull 2"]));
    }

    [Test]
    public void After_a_re_read_own_entries_come_again_and_later_ones_do_not()
    {
        var walk = Walk(cursor: 0, head: 2);
        walk.Answered(new SignalOffset(1));
        walk.GoBack(SignalOffset.None);
        walk.Answered(new SignalOffset(2));

        var frames = Take(walk, 2, Entries.Message(1, Bob, Own), Entries.Message(2, Bob, Own));
        Assert.That(frames, Is.EqualTo(["pull 1"]));
    }

    [Test]
    public void A_page_is_dropped_if_the_walk_has_moved_since_it_was_read()
    {
        var walk = Walk(cursor: 2, head: 3);
        var frames = new List<Frame>();
        Read(walk);
        walk.GoBack(SignalOffset.None);
        walk.Take(new QueuePage([Entries.Message(3)], new SignalOffset(3)), frames);
        Assert.That(frames, Is.Empty);
        Assert.That(walk.Position, Is.EqualTo(SignalOffset.None));
    }

    [Test]
    public void A_heartbeat_never_says_more_than_the_device_is_known_to_have_nor_than_was_sent()
    {
        var walk = Walk(cursor: 4, head: 4);
        Assert.That(walk.Confirmed, Is.EqualTo(new SignalOffset(4)));
        walk.GoBack(new SignalOffset(1));
        Assert.That(walk.Confirmed, Is.EqualTo(new SignalOffset(1)));
    }

    private QueueWalk Walk(int cursor, int head, int window = 64, int bytes = 1 << 20)
    {
        (_stream.Cursor, _stream.Head) = (new SignalOffset(cursor), new SignalOffset(head));
        return new QueueWalk(_stream, new DeliveryWindow(window, bytes), _stream.Cursor, _stream.Head);
    }

    private static void Acknowledge(QueueWalk walk, int upTo) =>
        walk.Acknowledged(new SignalOffset(upTo), isPastCursor: true);

    // The stub gives no page: what counts is that the walk remembers where it stood.
    private static void Read(QueueWalk walk) =>
        Assert.Throws<NotSupportedException>(() => walk.ReadAsync(CancellationToken.None).AsTask().Wait(0));

    private static List<string> Take(QueueWalk walk, int through, params QueueEntry[] entries)
    {
        Read(walk);
        var frames = new List<Frame>();
        walk.Take(new QueuePage(entries, new SignalOffset(through)), frames);
        return [.. frames.Select(Describe)];
    }

    private static string Describe(Frame frame) => frame.Message is { } message
        ? $"{message.SignalRequest.ToString().ToLowerInvariant()} {message.SignalOffset}"
        : $"position {frame.Signal.SignalOffset}";
}
