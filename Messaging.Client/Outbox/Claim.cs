namespace Messaging.Client.Outbox;

/// <summary>The entries that an answer may be about.</summary>
/// <param name="Message">The message of its id.</param>
/// <param name="Signal">The signal of its id; null where that is of another shape.</param>
/// <param name="IsClear">Whether it is about the one that is there, and about nothing else.</param>
internal readonly record struct Claim(MessageEntry? Message, SignalEntry? Signal, bool IsClear)
{
    /// <summary>What the answer is about; null where that is not clear.</summary>
    public OutboxEntry? Only => !IsClear ? null : Message is not null ? Message : Signal;
}
