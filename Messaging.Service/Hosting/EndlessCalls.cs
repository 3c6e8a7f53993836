namespace Messaging.Service.Hosting;

/// <summary>
/// Cuts off calls that end only when their caller wants, a reflection client's or a health watch, when the host stops and
/// the streams of devices have ended: it would wait for them until its patience is over. Until then a watch has heard that
/// the service is stopping.
/// </summary>
internal static class EndlessCalls
{
    private const string Streams = "/messaging.v1.";

    public static void EndWithStreams(WebApplication app, CancellationToken drained) => app.Use(async (context, next) =>
    {
        if (context.Request.Path.Value?.StartsWith(Streams, StringComparison.Ordinal) == true)
        {
            await next(context);
            return;
        }

        await using var ended = drained.UnsafeRegister(
            static call => ((HttpContext)call!).Abort(), context);
        await next(context);
    });
}
