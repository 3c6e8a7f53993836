using Messaging.Service.Delivery;
using Messaging.Service.Ledger;

namespace Messaging.Service.Sync;

/// <summary>What all sessions share.</summary>
internal sealed record SessionServices(
    ILedger Ledger,
    ConnectedDevices Devices,
    ShapeRules Shape,
    DeliveryOptions Delivery,
    StreamOptions Streams,
    TimeProvider Time,
    IHostApplicationLifetime Host,
    ILogger<DeviceSession> Logger);
