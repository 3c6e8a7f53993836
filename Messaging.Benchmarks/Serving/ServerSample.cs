using Messaging.Benchmarks.Measuring;

namespace Messaging.Benchmarks.Serving;

/// <summary>What a server has used so far; what its runtime says only where we started it.</summary>
internal sealed record ServerSample(ProcessSample Process, RuntimeSample? Runtime);
