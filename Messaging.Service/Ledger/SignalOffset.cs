namespace Messaging.Service.Ledger;

/// <summary>
/// A place in a user's sequence (protocol §1): 1, 2, 3, … without holes; <see cref="None"/> (0) stands before the
/// first. Offsets fill an <c>int32</c> and never wrap (protocol §10).
/// </summary>
public readonly record struct SignalOffset(int Value) : IComparable<SignalOffset>
{
    /// <summary>The place before the first entry; also "no offset" on the wire.</summary>
    public static readonly SignalOffset None;

    /// <summary>The last offset there is: a sequence that has reached it is full.</summary>
    public static readonly SignalOffset Last = new(int.MaxValue);

    /// <summary>The following offset.</summary>
    /// <exception cref="OverflowException">This is <see cref="Last"/>.</exception>
    public SignalOffset Next() => new(checked(Value + 1));

    /// <inheritdoc/>
    public int CompareTo(SignalOffset other) => Value.CompareTo(other.Value);

    public static bool operator <(SignalOffset left, SignalOffset right) => left.Value < right.Value;
    public static bool operator >(SignalOffset left, SignalOffset right) => left.Value > right.Value;
    public static bool operator <=(SignalOffset left, SignalOffset right) => left.Value <= right.Value;
    public static bool operator >=(SignalOffset left, SignalOffset right) => left.Value >= right.Value;

    /// <inheritdoc/>
    public override string ToString() => Value.ToString(System.Globalization.CultureInfo.InvariantCulture);
}
