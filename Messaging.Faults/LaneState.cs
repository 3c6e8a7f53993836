namespace Messaging.Faults;

/// <summary>What becomes of the bytes of one direction.</summary>
internal enum LaneState
{
    /// <summary>They pass.</summary>
    Passes,

    /// <summary>They pass a few at a time.</summary>
    Trickles,

    /// <summary>They wait, and in the end the side that sends does.</summary>
    Holds,

    /// <summary>They are taken and lost, the FIN too. What has lost bytes never passes any again.</summary>
    Loses,

    /// <summary>The side that receives has been told that nothing comes.</summary>
    Drops,
}
