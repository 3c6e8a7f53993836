namespace Messaging.Tests.Reliability.Disk;

/// <summary>What a power cut leaves of what was not synced.</summary>
internal enum PowerCut
{
    /// <summary>Nothing.</summary>
    Bare,

    /// <summary>Some of the writes, each whole, in no order.</summary>
    Scattered,

    /// <summary>Some sectors of 512 bytes of some of the writes; or all of them, and the last one in part.</summary>
    Torn,
}
