using System.ComponentModel.DataAnnotations;

namespace Messaging.Service.Account;

/// <summary>What one call about an account may ask (protocol §11), <c>Messaging:Account</c>.</summary>
public sealed record AccountLimits
{
    /// <summary>Bytes of UTF-8 in the label of a device. Default 256.</summary>
    [Range(1, 1 << 16)]
    public int LabelBytes { get; init; } = 256;

    /// <summary>
    /// Devices, or blocked users, in one answer at most; a call that asks for more gets as many. Default 100. The ledger's
    /// writer gathers them: large holds up messages.
    /// </summary>
    [Range(1, 1_000)]
    public int PageSize { get; init; } = 100;
}
