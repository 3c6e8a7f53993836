using System.ComponentModel.DataAnnotations;

namespace Messaging.Service.History;

/// <summary>How much history a call gives (protocol §12), <c>Messaging:History</c>.</summary>
public sealed record HistoryOptions
{
    /// <summary>
    /// Messages in a page at most. Default 200. Small costs a round trip per page; large makes others wait for the page.
    /// </summary>
    [Range(1, 10_000)]
    public int PageMessages { get; init; } = 200;

    /// <summary>Conversations in a page at most, likewise. Default 100.</summary>
    [Range(1, 1_000)]
    public int PageConversations { get; init; } = 100;

    /// <summary>
    /// Bytes of messages in a page at most; one message may always be there. Default 1 MiB. gRPC clients take 4 MiB unless
    /// told otherwise.
    /// </summary>
    [Range(1024, 64 << 20)]
    public int PageBytes { get; init; } = 1 << 20;

    /// <summary>Unread messages of a conversation are counted up to here. Default 1,000. Large makes a page take longer.</summary>
    [Range(1, 1_000_000)]
    public int MaxUnread { get; init; } = 1_000;

    /// <summary>
    /// Calls of a user that are served or wait at the same time; one more gets <c>RESOURCE_EXHAUSTED</c>. Default 4. Large
    /// lets one user hold up the others.
    /// </summary>
    [Range(1, 1_000)]
    public int CallsPerUser { get; init; } = 4;
}
