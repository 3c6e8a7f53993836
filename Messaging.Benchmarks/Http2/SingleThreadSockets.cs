namespace Messaging.Benchmarks.Http2;

/// <summary>Has the runtime run the code behind a socket's `await` on the one thread that polls all sockets.</summary>
/// <remarks>
/// Handing each wake-up to the thread pool costs more than the work it brings. The price: nothing behind such an
/// `await` may block.
/// </remarks>
internal static class SingleThreadSockets
{
    /// <summary>To be called before the first socket is made. What the environment says already holds.</summary>
    public static void Enable()
    {
        SetDefault("DOTNET_SYSTEM_NET_SOCKETS_INLINE_COMPLETIONS");
        SetDefault("DOTNET_SYSTEM_NET_SOCKETS_THREAD_COUNT");
    }

    private static void SetDefault(string name) =>
        Environment.SetEnvironmentVariable(name, Environment.GetEnvironmentVariable(name) ?? "1");
}
