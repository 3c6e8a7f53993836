using System.Runtime.InteropServices;
using Messaging.Benchmarks.Commands;

using var stop = new CancellationTokenSource();
using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, context =>
{
    context.Cancel = true;
    stop.Cancel();
});
return await CommandLine.RunAsync(args, stop.Token);
