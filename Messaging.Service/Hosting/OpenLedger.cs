using Messaging.Service.Ledger;

namespace Messaging.Service.Hosting;

/// <summary>Opens the ledger that this process serves; tests put another in its place.</summary>
internal delegate Task<ILedger> OpenLedger(IServiceProvider services, CancellationToken cancellationToken);
