using Messaging.Tests.Support;
using Messaging.V1;

namespace Messaging.Tests.Reliability.Judging;

/// <summary>One stream: the rules of the protocol on its frames, until the first that breaks one.</summary>
/// <param name="device">Whose.</param>
/// <param name="position">The <c>messaging-position</c> that went with it.</param>
/// <param name="openedAt">When its client opened it, as the number of the event.</param>
internal sealed class StreamFacts(DeviceFacts device, string? position, long openedAt)
{
    private QueueCheck? check;
    private bool isBroken;

    public DeviceFacts Device { get; } = device;

    public string? Claim { get; } = position;

    public long OpenedAt { get; } = openedAt;

    /// <summary>The device's cursor as it was known for sure when it was opened: it can't begin before that.</summary>
    public int CursorAtOpening { get; set; } = device.CursorForSure;

    public bool HasEnded { get; set; }

    /// <summary>When its first position came.</summary>
    public long BeganAt { get; set; } = long.MaxValue;

    /// <summary>When a later stream of the device had its first position; from then on nothing on this one counts.</summary>
    public long ReplacedAt { get; set; } = long.MaxValue;

    /// <summary>Ids that went up once more with another content, and must be refused.</summary>
    public HashSet<string> Forged { get; } = [];

    /// <summary>The head that the server named.</summary>
    public int Head { get; private set; }

    /// <summary>Everything up to here is accounted for; null before the first position signal.</summary>
    public int? Position => check?.Position;

    public void Begin(int head, int window)
    {
        Head = head;
        check = new QueueCheck(Device.Name.User, Device.Name.Device, window);
    }

    public void Sends(Frame frame, bool isRepeat)
    {
        if (!isBroken)
            check?.Sends(frame, isRepeat);
    }

    /// <returns>What the frame breaks, if it breaks something.</returns>
    public Violation? Takes(Frame frame)
    {
        if (isBroken)
            return null;
        if (check is null)
            return Broken(Invariant.Protocol, $"{Device.Name}: {frame} came before the headers");
        try
        {
            check.Takes(frame);
            return null;
        }
        catch (ProtocolViolationException violation)
        {
            return Broken(violation.Invariant, violation.Message);
        }
    }

    private Violation Broken(Invariant invariant, string text)
    {
        isBroken = true;
        return new Violation(invariant, text);
    }
}
