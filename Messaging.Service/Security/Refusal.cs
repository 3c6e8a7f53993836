using System.Diagnostics;

namespace Messaging.Service.Security;

/// <summary>Why a frame was refused (protocol §9).</summary>
/// <param name="Code">For the program at the other end.</param>
/// <param name="Text">For the person there: no trace, no path, nothing of another user.</param>
internal sealed record Refusal(RefusalCode Code, string Text)
{
    public static Refusal Invalid(string text) => new(RefusalCode.InvalidArgument, text);

    /// <summary>As it goes on the wire: <c>&lt;code&gt;: &lt;text&gt;</c>.</summary>
    public override string ToString() => $"{NameOf(Code)}: {Text}";

    /// <summary>As it is written (protocol §9).</summary>
    public static string NameOf(RefusalCode code) => code switch
    {
        RefusalCode.Unavailable => "unavailable",
        RefusalCode.Aborted => "aborted",
        RefusalCode.ResourceExhausted => "resource_exhausted",
        RefusalCode.InvalidArgument => "invalid_argument",
        RefusalCode.PermissionDenied => "permission_denied",
        RefusalCode.AlreadyExists => "already_exists",
        RefusalCode.NotFound => "not_found",
        RefusalCode.OutOfRange => "out_of_range",
        _ => throw new UnreachableException(),
    };
}
