namespace Messaging.Client.Inbox;

/// <summary>A place in this user's sequence: 1, 2, 3, …; 0 is before the first.</summary>
internal readonly record struct SignalOffset(int Value) : IComparable<SignalOffset>
{
    public static SignalOffset None => default;

    // Protocol §10: a sequence refuses before it wraps, so a client that gets here has a bug.
    public SignalOffset Next() => new(checked(Value + 1));

    public SignalOffset Previous() => new(checked(Value - 1));

    public static SignalOffset Max(SignalOffset a, SignalOffset b) => a >= b ? a : b;

    public int CompareTo(SignalOffset other) => Value.CompareTo(other.Value);

    public static bool operator <(SignalOffset a, SignalOffset b) => a.Value < b.Value;

    public static bool operator >(SignalOffset a, SignalOffset b) => a.Value > b.Value;

    public static bool operator <=(SignalOffset a, SignalOffset b) => a.Value <= b.Value;

    public static bool operator >=(SignalOffset a, SignalOffset b) => a.Value >= b.Value;

    public override string ToString() => Value.ToString(System.Globalization.CultureInfo.InvariantCulture);
}
