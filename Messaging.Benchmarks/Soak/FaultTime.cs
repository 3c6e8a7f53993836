namespace Messaging.Benchmarks.Soak;

/// <summary>When something was broken, in seconds of the run.</summary>
internal sealed record FaultTime(SoakFault Fault, double From, double Until);
