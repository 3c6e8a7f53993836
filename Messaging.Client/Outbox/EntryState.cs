namespace Messaging.Client.Outbox;

/// <summary>Where an entry of the outbox stands on the present stream.</summary>
internal enum EntryState
{
    /// <summary>Waits for those of its lane that go first.</summary>
    Held,

    /// <summary>May be written now.</summary>
    Ready,

    /// <summary>Written, not answered.</summary>
    InFlight,

    /// <summary>Answered "not advanced"; waits until it may go again.</summary>
    BackingOff,
}
