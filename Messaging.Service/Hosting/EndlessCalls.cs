namespace Messaging.Service.Hosting;

/// <summary>
/// Cuts off calls that end only when their caller wants, a reflection client's or a health watch, when the host stops:
/// it would wait for them until its patience is over. The streams of devices end by themselves, each with its status.
/// </summary>
internal static class EndlessCalls
{
    private const string Streams = "/messaging.v1.";

    public static void EndWithHost(WebApplication app) => app.Use(async (context, next) =>
    {
        if (context.Request.Path.Value?.StartsWith(Streams, StringComparison.Ordinal) == true)
        {
            await next(context);
            return;
        }

        await using var stopping = app.Lifetime.ApplicationStopping.UnsafeRegister(
            static call => ((HttpContext)call!).Abort(), context);
        await next(context);
    });
}
