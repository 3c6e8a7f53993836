using System.Net;
using Grpc.Core;
using Messaging.Service.Ledger;

namespace Messaging.Service.Security;

/// <summary>Believes <c>messaging-user</c> and <c>messaging-device</c> as they stand (protocol §2).</summary>
internal sealed class DevelopmentIdentity(MessageLimits limits) : ICallerIdentity
{
    public const string UserHeader = "messaging-user";
    public const string DeviceHeader = "messaging-device";

    public CallerVerdict Identify(ServerCallContext call)
    {
        // The start-up check looks at what is configured; this one at what the call really came in on.
        if (call.GetHttpContext().Connection.LocalIpAddress is { } address && !IPAddress.IsLoopback(address))
            return new CallerVerdict.Unknown("the development mode answers on loopback only");

        var user = Read(call.RequestHeaders, UserHeader, out var noUser);
        var device = Read(call.RequestHeaders, DeviceHeader, out var noDevice);
        return user is not null && device is not null
            ? new CallerVerdict.Known(new Party(user, device))
            : new CallerVerdict.Unknown(string.Join("; ", new[] { noUser, noDevice }.OfType<string>()));
    }

    private string? Read(Metadata headers, string name, out string? problem)
    {
        var text = headers.GetValue(name);
        problem = string.IsNullOrEmpty(text) ? $"the header {name} is missing"
            : !PercentText.TryDecode(text, out text) ? $"the header {name} is not percent-encoded UTF-8"
            : PlainText.IsLongerThan(text, limits.NameBytes)
                ? $"the header {name} is longer than {limits.NameBytes} bytes"
            : PlainText.HasControls(text) ? $"the header {name} holds a control character"
            : null;
        return problem is null ? text : null;
    }
}
