using System.Diagnostics;
using Messaging.Benchmarks.Processes;

namespace Messaging.Benchmarks.Peers;

/// <summary>Another server under one of its settings.</summary>
internal interface IPeer
{
    /// <summary>Its name and what is set.</summary>
    string Name { get; }

    /// <summary>Whether it syncs to disk before it answers.</summary>
    bool IsSynced { get; }

    /// <summary>Whether it routes messages to who is connected, and is not a mere data structure.</summary>
    bool IsBroker { get; }

    /// <summary>The program, to be found on the path.</summary>
    string Program { get; }

    /// <summary>How it is started, on a port of loopback, with all that it writes in a folder.</summary>
    ProcessStartInfo Command(TemporaryFolder folder, int port);

    /// <summary>Another program that it needs beside it, started before it.</summary>
    ProcessStartInfo? Companion(TemporaryFolder folder, int port) => null;

    PeerPair CreatePair(string name, PeerLoad load);
}
