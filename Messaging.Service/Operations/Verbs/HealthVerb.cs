using System.CommandLine;
using Grpc.Core;
using Grpc.Health.V1;
using Grpc.Net.Client;
using Messaging.Service.Hosting;

namespace Messaging.Service.Operations.Verbs;

/// <summary>Asks a running service whether it is well: for a container or a script that has no gRPC client of its own.</summary>
internal static class HealthVerb
{
    private const int DefaultSeconds = 5;

    public static Command Create(VerbScope scope)
    {
        var address = new Argument<Uri>("ADDRESS")
        {
            Description = "Where it listens.",
            DefaultValueFactory = _ => new Uri(ListenAddresses.Default),
            CustomParser = given => Uri.TryCreate(given.Tokens[0].Value, UriKind.Absolute, out var uri) && uri.Scheme is "http" or "https"
                ? uri
                : Refuse(given, $"{given.Tokens[0].Value} is not an address such as {ListenAddresses.Default}."),
        };
        var seconds = new Option<int>("--seconds")
        {
            Description = "How long to wait for its answer.", DefaultValueFactory = _ => DefaultSeconds,
        };
        seconds.Validators.Add(given =>
        {
            if (given.Tokens.Count > 0 && int.TryParse(given.Tokens[0].Value, out var value) && value is < 1 or > 3600)
                given.AddError("--seconds must be from 1 to 3600.");
        });
        var verb = new Command(
            "health",
            "Asks a running service for its health, and succeeds if it answers SERVING. Of an https address the certificate "
            + "must be one that this machine trusts.")
        {
            address, seconds,
        };
        scope.Does(verb, run => Ask(run, run.Arguments.GetRequiredValue(address), TimeSpan.FromSeconds(run.Arguments.GetValue(seconds))));
        return verb;
    }

    private static bool Ask(VerbRun run, Uri address, TimeSpan patience)
    {
        using var channel = GrpcChannel.ForAddress(address);
        try
        {
            var status = new Health.HealthClient(channel).Check(
                new HealthCheckRequest(), deadline: (run.Scope.Time.GetUtcNow() + patience).UtcDateTime,
                cancellationToken: run.CancellationToken).Status;
            var isServing = status == HealthCheckResponse.Types.ServingStatus.Serving;
            if (run.IsJson)
                run.Output.WriteJson(new { IsWell = isServing, Address = address, Status = status.ToString() });
            else if (isServing)
                run.Output.WriteLine($"{address} is serving.");
            else
                run.Output.WriteError($"{address} answers {status}.");
            return isServing;
        }
        catch (RpcException refused) when (refused.StatusCode != StatusCode.Cancelled || !run.CancellationToken.IsCancellationRequested)
        {
            throw new IOException($"{address} gives no answer: {refused.StatusCode}, {refused.Status.Detail}", refused);
        }
    }

    private static Uri Refuse(System.CommandLine.Parsing.ArgumentResult given, string sentence)
    {
        given.AddError(sentence);
        return null!;
    }
}
