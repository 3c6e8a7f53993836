namespace Messaging.Client.Inbox;

/// <summary>
/// The entries that came as frames on this stream and are not acknowledged: what the server counts into its window
/// (protocol §5). Rules only: no lock, no clock, one caller at a time.
/// </summary>
internal sealed class InFlightEntries
{
    // Whatever window a server names, or if it names none: so many entries that nobody handles are too many.
    private const int Most = 65_536;

    // Sorted, because an entry that is known already may come again behind later ones.
    private readonly SortedSet<SignalOffset> _entries = [];

    // Null until the server has named one: then it has made no promise.
    private int? _window;

    // What the server need not be told any more. An entry up to here that still comes was under way meanwhile.
    private SignalOffset _settled;

    // The stream began before what this device has: told at once, the server need not send it all again.
    private bool _isBehind;

    // An acknowledgement may have been refused for now: what it freed still counts with the server.
    private bool _isRefused;
    private bool _hasAcknowledged;

    /// <summary>Whether the server can send nothing more before something is acknowledged.</summary>
    public bool IsFull => _entries.Count >= _window;

    public void NewStream(int? window)
    {
        _entries.Clear();
        _window = window;
        _settled = SignalOffset.None;
        _isBehind = _isRefused = _hasAcknowledged = false;
    }

    /// <summary>The stream begins here; this device has everything up to <paramref name="known"/>.</summary>
    public void Begin(SignalOffset upTo, SignalOffset known)
    {
        _settled = upTo;
        _isBehind = upTo < known;
    }

    /// <summary>After a re-read, what is sent again counts again until it is acknowledged again.</summary>
    public void BeginAgain(SignalOffset upTo)
    {
        if (upTo < _settled)
            _settled = upTo;
    }

    /// <summary>Whether the window has no place for the entry.</summary>
    public bool Exceeds(SignalOffset entry) =>
        (IsFull || _entries.Count >= Most) && entry > _settled && !_entries.Contains(entry);

    public void Add(SignalOffset entry)
    {
        if (entry > _settled)
            _entries.Add(entry);
    }

    /// <summary>Whether an acknowledgement up to here would tell the server anything.</summary>
    public bool Awaits(SignalOffset upTo) =>
        (_entries.Count > 0 && _entries.Min <= upTo) || (_isBehind && upTo > _settled) || _isRefused;

    /// <summary>The server may not have taken the last acknowledgement: if there was one, it is to go again.</summary>
    public void Refuse() => _isRefused = _hasAcknowledged;

    /// <summary>
    /// Whether an acknowledgement up to here frees so much of the window that to wait would slow the server down.
    /// </summary>
    public bool FreesHalf(SignalOffset upTo) => _window is not { } window || (upTo.Value - _settled.Value) * 2L >= window;

    public void Acknowledge(SignalOffset upTo)
    {
        while (_entries.Count > 0 && _entries.Min <= upTo)
            _entries.Remove(_entries.Min);
        _settled = upTo;
        _hasAcknowledged = true;
        _isBehind = _isRefused = false;
    }
}
