using Messaging.Service.Delivery;
using Messaging.Service.Ledger;
using Messaging.Service.Security;

namespace Messaging.Service.Sync;

/// <summary>What all sessions share.</summary>
internal sealed record SessionServices(
    ILedger Ledger,
    ConnectedDevices Devices,
    ShapeRules Shape,
    MessageRates Rates,
    DeliveryOptions Delivery,
    StreamOptions Streams,
    TimeProvider Time,
    IHostApplicationLifetime Host,
    ILogger<DeviceSession> Logger)
{
    public Intake NewIntake(ILedgerStream stream, MessageRate rate) => new(stream, Shape, rate);
}
