using System.Net;
using Microsoft.Extensions.Options;

namespace Messaging.Service.Operations;

/// <summary>Whether the operators' port is one.</summary>
internal sealed class TelemetryRules : IValidateOptions<TelemetryOptions>
{
    /// <inheritdoc/>
    public ValidateOptionsResult Validate(string? name, TelemetryOptions options) =>
        options.Listen.Length == 0 || (options.Listen.Contains(':', StringComparison.Ordinal) && IPEndPoint.TryParse(options.Listen, out _))
            ? ValidateOptionsResult.Success
            : ValidateOptionsResult.Fail(
                "Messaging:Telemetry:Listen must be an address and a port such as 127.0.0.1:5081, or empty, but is "
                + $"\"{options.Listen}\".");
}
