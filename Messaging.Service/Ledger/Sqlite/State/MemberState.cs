namespace Messaging.Service.Ledger.Sqlite.State;

/// <summary>A member of a conversation: how far they have received and read what others sent in it (protocol §6).</summary>
internal sealed class MemberState(UserKey user, int received, int read)
{
    private Staged _received = new(received);
    private Staged _read = new(read);

    public UserKey User { get; } = user;

    public UserOffset Received
    {
        get => new(_received.Working);
        set => _received.Working = value.Value;
    }

    public UserOffset Read
    {
        get => new(_read.Working);
        set => _read.Working = value.Value;
    }

    /// <summary>What is on disk; any thread.</summary>
    public UserOffset PublishedReceived => new(_received.Published);

    /// <summary>What is on disk; any thread.</summary>
    public UserOffset PublishedRead => new(_read.Published);

    public void Publish()
    {
        _received.Publish();
        _read.Publish();
    }

    public void Revert()
    {
        _received.Revert();
        _read.Revert();
    }
}
