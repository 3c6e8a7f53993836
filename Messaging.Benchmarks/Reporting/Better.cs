namespace Messaging.Benchmarks.Reporting;

/// <summary>Which way a figure improves.</summary>
internal enum Better
{
    Higher,
    Lower,

    /// <summary>It only says under which circumstances the others came about.</summary>
    Neither,
}
