namespace Messaging.Service.Ledger;

/// <summary>
/// Says who may reach whom (protocol §11). <see cref="MayWrite"/> is asked by the ledger's writer, in the order in which
/// messages are taken, so that what it says holds for every later one; the other from any thread. Both are asked for each
/// frame: they answer from memory, at once, and do not throw.
/// </summary>
public interface IMessagingPolicy
{
    /// <summary>Whether a message, or an error report with its text, may be stored for its recipient.</summary>
    bool MayWrite(in Contact contact);

    /// <summary>Whether a status may be shown to the recipient's devices.</summary>
    bool MayBeSeen(in Contact contact);
}

/// <summary>One user turns to another.</summary>
/// <param name="From">Who does.</param>
/// <param name="To">To whom; never the same.</param>
/// <param name="IsBlocked">Whether <paramref name="To"/> has blocked <paramref name="From"/>.</param>
public readonly record struct Contact(string From, string To, bool IsBlocked);
