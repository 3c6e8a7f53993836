using Grpc.Core;

namespace Messaging.Service.Security;

/// <summary>Names of users and devices as callers give them (protocol §2). Safe for concurrent use.</summary>
internal sealed class CallerNames(MessageLimits limits)
{
    public const string UserHeader = "messaging-user";
    public const string DeviceHeader = "messaging-device";

    /// <summary>The name in a header; null, with the reason, where there is none to use.</summary>
    public string? Read(Metadata headers, string header, out string? problem)
    {
        var text = headers.GetValue(header);
        var subject = $"the header {header}";
        problem = string.IsNullOrEmpty(text) ? $"{subject} is missing"
            : !PercentText.TryDecode(text, out text) ? $"{subject} is not percent-encoded UTF-8"
            : ProblemWith(text, subject);
        return problem is null ? text : null;
    }

    /// <summary>
    /// The device of a call whose proof names the user: the one that the proof is bound to, or else the header's. One
    /// that is asked for beside the bound one must be the same.
    /// </summary>
    public string? ReadDevice(Metadata headers, string? bound, out string? problem)
    {
        if (bound is null)
            return Read(headers, DeviceHeader, out problem);
        problem = ProblemWith(bound, "the bound device");
        if (problem is null && headers.Get(DeviceHeader) is not null
            && (Read(headers, DeviceHeader, out problem) is not { } asked || asked != bound))
            problem ??= $"the header {DeviceHeader} asks for another device than the one that this caller is bound to";
        return problem is null ? bound : null;
    }

    /// <summary>Why a name is none (protocol §9); null where it is one.</summary>
    public string? ProblemWith(string name, string subject) =>
        name.Length == 0 ? $"{subject} is empty"
        : PlainText.IsLongerThan(name, limits.NameBytes) ? $"{subject} is longer than {limits.NameBytes} bytes"
        : PlainText.HasControls(name) ? $"{subject} holds a control character"
        : null;
}
