using System.Globalization;
using Grpc.Core;
using Messaging.Service.Ledger;

namespace Messaging.Service.Sync;

/// <summary>What a client is told at once when its stream is open (protocol §2).</summary>
internal static class ResponseHeaders
{
    public static Metadata For(string session, SessionServices services, OpenStream open, int window) => new()
    {
        { "messaging-session", session },
        { "messaging-epoch", services.Ledger.Epoch },
        { "messaging-head", open.Head.ToString() },
        { "messaging-window", window.ToString(CultureInfo.InvariantCulture) },
        {
            "messaging-heartbeat",
            services.Delivery.Heartbeat.TotalSeconds.ToString("0.###", CultureInfo.InvariantCulture)
        },
    };
}
