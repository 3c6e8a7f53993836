using System.Collections.Concurrent;
using System.Diagnostics;
using System.Diagnostics.Metrics;

namespace Messaging.Client;

/// <summary>
/// What the clients of a process tell OpenTelemetry, by its conventions for messaging: never content, and no identity
/// among the attributes of a metric. Free where nobody listens.
/// </summary>
internal static class ClientTelemetry
{
    /// <summary>The name of the activity source and of the meter.</summary>
    public const string Name = "Messaging.Client";

    private const string System = "messaging.system";
    private const string Operation = "messaging.operation.name";
    private const string OperationType = "messaging.operation.type";
    private const string Error = "error.type";

    private static readonly string? Version = typeof(ClientTelemetry).Assembly.GetName().Version?.ToString(3);
    private static readonly ActivitySource Source = new(Name, Version);
    private static readonly Meter Meter = new(Name, Version);
    private static readonly ConcurrentDictionary<MessagingClient, Func<int>> Clients = [];

    private static readonly KeyValuePair<string, object?> IsOurs = new(System, "messaging");
    private static readonly KeyValuePair<string, object?> IsSend = new(Operation, "send");
    private static readonly KeyValuePair<string, object?> IsProcess = new(Operation, "process");

    private static readonly Counter<long> Sent = Meter.CreateCounter<long>(
        "messaging.client.sent.messages", "{message}", "Messages that the server has answered.");

    private static readonly Histogram<double> SendDuration = Meter.CreateHistogram<double>(
        "messaging.client.operation.duration", "s", "From the call that sends a message to the server's answer.");

    private static readonly Counter<long> Consumed = Meter.CreateCounter<long>(
        "messaging.client.consumed.messages", "{message}", "Messages that were given to the application.");

    private static readonly Histogram<double> ProcessDuration = Meter.CreateHistogram<double>(
        "messaging.process.duration", "s", "From giving a message to the application until it is handled.");

    static ClientTelemetry()
    {
        Meter.CreateObservableUpDownCounter(
            "messaging.client.waiting", () => Clients.Values.Sum(count => count()), "{entry}",
            "Messages, reads and reports that wait for the server's answer, of all clients of the process.");
        Meter.CreateObservableUpDownCounter("messaging.client.connections", ByState, "{client}", "Clients, by their connection's state.");
    }

    /// <summary>Whether anybody wants to hear of messages that are sent.</summary>
    public static bool HearsSending => Source.HasListeners() || Sent.Enabled || SendDuration.Enabled;

    /// <summary>A client begins.</summary>
    /// <param name="client">The client.</param>
    /// <param name="waiting">How much it has waiting.</param>
    public static void Add(MessagingClient client, Func<int> waiting) => Clients[client] = waiting;

    public static void Remove(MessagingClient client) => Clients.TryRemove(client, out _);

    /// <summary>The call of a stream, for as long as it lasts; null where nobody listens.</summary>
    public static Activity? StartStream(Uri address)
    {
        // A stream belongs to none of the requests in which a client may have been made.
        Activity.Current = null;
        return Source.StartActivity("sync", ActivityKind.Client)?
            .SetTag(System, "messaging").SetTag("server.address", address.Host).SetTag("server.port", address.Port);
    }

    /// <summary>A message is about to be sent.</summary>
    public static Sending StartSending()
    {
        // The caller stays in the activity that it is in: this one ends with the answer, whenever that comes.
        var outer = Activity.Current;
        var activity = Source.StartActivity("send", ActivityKind.Producer);
        Activity.Current = outer;
        return new Sending(Stopwatch.GetTimestamp(), activity);
    }

    /// <summary>The application gets a message.</summary>
    /// <returns>When, for <see cref="Handled"/>; 0 where nobody wants to know.</returns>
    public static long Give()
    {
        Consumed.Add(1, IsOurs, IsProcess);
        return ProcessDuration.Enabled ? Stopwatch.GetTimestamp() : 0;
    }

    /// <summary>The application has handled it.</summary>
    public static void Handled(long given)
    {
        if (given != 0)
            ProcessDuration.Record(Stopwatch.GetElapsedTime(given).TotalSeconds, IsOurs, IsProcess);
    }

    private static IEnumerable<Measurement<int>> ByState() => Clients.Keys
        .GroupBy(client => client.State)
        .Select(group => new Measurement<int>(
            group.Count(), new KeyValuePair<string, object?>("messaging.client.state", NameOf(group.Key))));

    private static string NameOf(ConnectionState state) => state switch
    {
        ConnectionState.Connected => "connected",
        ConnectionState.Connecting => "connecting",
        ConnectionState.Waiting => "waiting",
        ConnectionState.Closed => "closed",
        ConnectionState.Failed => "failed",
        _ => "paused",
    };

    private static string TypeOf(Exception exception) =>
        exception is MessageRefusedException refused ? refused.Code : exception.GetType().FullName!;

    /// <summary>A message on its way to the server.</summary>
    internal readonly struct Sending(long started, Activity? activity)
    {
        /// <summary>It is in the outbox; the rest comes with the answer.</summary>
        public void Follow(SendHandle handle, int bytes)
        {
            activity?.SetTag(System, "messaging").SetTag(Operation, "send").SetTag(OperationType, "send")
                .SetTag("messaging.message.id", handle.Id).SetTag("messaging.message.body.size", bytes);
            var sending = this;
            _ = handle.Accepted.ContinueWith(
                accepted => sending.End(accepted.Exception?.InnerException),
                CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
        }

        /// <summary>It is over: answered, refused, or never taken.</summary>
        public void End(Exception? failure)
        {
            KeyValuePair<string, object?> error = new(Error, failure is null ? null : TypeOf(failure));
            TagList tags = failure is null ? [IsOurs, IsSend] : [IsOurs, IsSend, error];
            Sent.Add(1, tags);
            SendDuration.Record(Stopwatch.GetElapsedTime(started).TotalSeconds, tags);
            if (failure is not null)
                activity?.SetStatus(ActivityStatusCode.Error, failure.Message).SetTag(Error, error.Value);
            activity?.Dispose();
        }
    }
}
