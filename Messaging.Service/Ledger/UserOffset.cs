namespace Messaging.Service.Ledger;

/// <summary>
/// A place in a conversation's timeline (protocol §1): 1, 2, 3, … without holes, the same number for every member;
/// <see cref="None"/> (0) stands before the first message.
/// </summary>
public readonly record struct UserOffset(int Value) : IComparable<UserOffset>
{
    /// <summary>The place before the first message; also "no offset" on the wire.</summary>
    public static readonly UserOffset None;

    /// <summary>The last offset there is: a timeline that has reached it is full.</summary>
    public static readonly UserOffset Last = new(int.MaxValue);

    /// <summary>The following offset.</summary>
    /// <exception cref="OverflowException">This is <see cref="Last"/>.</exception>
    public UserOffset Next() => new(checked(Value + 1));

    /// <inheritdoc/>
    public int CompareTo(UserOffset other) => Value.CompareTo(other.Value);

    public static bool operator <(UserOffset left, UserOffset right) => left.Value < right.Value;
    public static bool operator >(UserOffset left, UserOffset right) => left.Value > right.Value;
    public static bool operator <=(UserOffset left, UserOffset right) => left.Value <= right.Value;
    public static bool operator >=(UserOffset left, UserOffset right) => left.Value >= right.Value;

    /// <inheritdoc/>
    public override string ToString() => Value.ToString(System.Globalization.CultureInfo.InvariantCulture);
}
