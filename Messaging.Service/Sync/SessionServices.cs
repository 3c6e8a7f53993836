using Messaging.Service.Delivery;
using Messaging.Service.Ledger;
using Messaging.Service.Security;

namespace Messaging.Service.Sync;

/// <summary>What all sessions share.</summary>
internal sealed record SessionServices(
    ILedger Ledger,
    ConnectedDevices Devices,
    SyncTelemetry Telemetry,
    ShapeRules Shape,
    MessageRates Rates,
    DeliveryOptions Delivery,
    StreamOptions Streams,
    TimeProvider Time,
    IHostApplicationLifetime Host,
    AuditLog Audit,
    ILogger<DeviceSession> Logger)
{
    public Intake NewIntake(ILedgerStream stream, MessageRate rate, CallerVerdict.Known caller) => new(
        stream, Shape, rate,
        caller.MaySendAs
            ? message => Audit.SendsAs(stream.Device, message.From.User, message.To.User, message.Id)
            : null);
}
