using Messaging.Client;
using Messaging.Tests.Reliability.Judging;

namespace Messaging.Tests.Reliability.Histories;

/// <summary>A message that an application has sent, and what it knows of it.</summary>
/// <param name="Device">Whose application.</param>
/// <param name="Message">With its id and its timestamp.</param>
/// <param name="IsMisuse">Its id is another message's: it will be refused.</param>
internal sealed record Sent(DeviceName Device, OutgoingMessage Message, bool IsMisuse)
{
    /// <summary>Which process sends it now.</summary>
    public App? By { get; set; }

    /// <summary>The client has taken it: it is in the store.</summary>
    public bool IsStored { get; set; }

    /// <summary>Null where that process has it out of the store.</summary>
    public SendHandle? Handle { get; set; }

    public bool IsAccepted => Handle?.Accepted.IsCompletedSuccessfully == true;

    public MessageRefusedException? Refusal => Handle?.Accepted.Exception?.InnerException as MessageRefusedException;

    /// <summary>It is on the server's disk, or never will be, and the application knows.</summary>
    public bool IsSettled => IsAccepted || Refusal is not null;
}
