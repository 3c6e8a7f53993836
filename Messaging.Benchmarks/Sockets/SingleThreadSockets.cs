namespace Messaging.Benchmarks.Sockets;

/// <summary>Has the runtime run the code behind a socket's `await` on the one thread that polls all sockets.</summary>
/// <remarks>
/// Handing each wake-up to the thread pool costs more than the work it brings. The price: nothing behind such an
/// `await` may block.
/// </remarks>
internal static class SingleThreadSockets
{
    private static readonly string[] Names =
        ["DOTNET_SYSTEM_NET_SOCKETS_INLINE_COMPLETIONS", "DOTNET_SYSTEM_NET_SOCKETS_THREAD_COUNT"];

    /// <summary>To be called before the first socket is made. What the environment says already holds.</summary>
    public static void Enable()
    {
        foreach (var name in Names)
            Environment.SetEnvironmentVariable(name, Environment.GetEnvironmentVariable(name) ?? "1");
    }

    /// <summary>For a process that is to be started from this one.</summary>
    public static void RemoveFrom(IDictionary<string, string?> environment)
    {
        foreach (var name in Names)
            environment.Remove(name);
    }
}
