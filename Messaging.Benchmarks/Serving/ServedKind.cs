namespace Messaging.Benchmarks.Serving;

/// <summary>What a server process serves.</summary>
internal enum ServedKind
{
    /// <summary>The service, as it is run.</summary>
    Service,

    /// <summary>The same with a ledger that keeps what is on its way in memory.</summary>
    WithoutStore,

    /// <summary>On the same web server, an endpoint that sends each frame back.</summary>
    Echo,
}
