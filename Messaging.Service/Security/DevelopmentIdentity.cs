using System.Net;
using Grpc.Core;
using Messaging.Service.Ledger;

namespace Messaging.Service.Security;

/// <summary>Believes <c>messaging-user</c> and <c>messaging-device</c> as they stand (protocol §2).</summary>
internal sealed class DevelopmentIdentity(CallerNames names) : ICallerIdentity
{
    public CallerVerdict Identify(ServerCallContext call)
    {
        // The start-up check looks at what is configured; this one at what the call really came in on.
        if (call.GetHttpContext().Connection.LocalIpAddress is { } address && !IPAddress.IsLoopback(address))
            return new CallerVerdict.Unknown("the development mode answers on loopback only");

        var user = names.Read(call.RequestHeaders, CallerNames.UserHeader, out var noUser);
        var device = names.Read(call.RequestHeaders, CallerNames.DeviceHeader, out var noDevice);
        return user is not null && device is not null
            ? new CallerVerdict.Known(new Party(user, device))
            : new CallerVerdict.Unknown(string.Join("; ", new[] { noUser, noDevice }.OfType<string>()));
    }
}
