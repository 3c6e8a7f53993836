using System.Runtime.InteropServices;
using Messaging.Benchmarks.Commands;

using var stop = new CancellationTokenSource();
using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, Stop);
using var termination = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Stop);
return await CommandList.RunAsync(args, stop.Token);

// What was started is ended, and what was written removed.
void Stop(PosixSignalContext context)
{
    context.Cancel = true;
    stop.Cancel();
}
