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

    private static readonly Counter<long> Reconnects = Meter.CreateCounter<long>(
        "messaging.client.reconnects", "{reconnect}", "Streams that were lost, each of which is followed by another.");

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

    /// <summary>
    /// Opens a stream's call within its own activity, which the call's <c>traceparent</c> names, and leaves the caller
    /// in the one that it is in. A stream belongs to none of the requests in which a client may have been made.
    /// </summary>
    /// <returns>The call, and its activity, which ends with it: null where nobody listens.</returns>
    public static (TCall Call, Activity? Activity) StartStream<TCall>(Uri address, Func<TCall> open)
    {
        var outer = Activity.Current;
        Activity.Current = null;
        try
        {
            var activity = Source.StartActivity("sync", ActivityKind.Client)?
                .SetTag(System, "messaging").SetTag("server.address", address.Host).SetTag("server.port", address.Port);
            return (open(), activity);
        }
        finally
        {
            Activity.Current = outer;
        }
    }

    /// <summary>A stream is lost, and another one follows.</summary>
    public static void Reconnect() => Reconnects.Add(1, IsOurs);

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
    public static Processing Give(string messageId)
    {
        Consumed.Add(1, IsOurs, IsProcess);
        var outer = Activity.Current;
        var activity = Source.StartActivity("process", ActivityKind.Consumer)?
            .SetTag(System, "messaging").SetTag(Operation, "process").SetTag(OperationType, "process")
            .SetTag("messaging.message.id", messageId);
        // An enumeration cannot hand an activity to the loop around it.
        if (activity is not null)
            Activity.Current = outer;
        return new Processing(ProcessDuration.Enabled ? Stopwatch.GetTimestamp() : 0, activity);
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

    // One of few, whatever the server says: an attribute's values are kept for ever.
    private static string TypeOf(Exception exception) => exception switch
    {
        MessageRefusedException
        {
            Code: "invalid_argument" or "permission_denied" or "already_exists" or "not_found" or "out_of_range"
        } refused => refused.Code,
        MessageRefusedException => "_OTHER",
        _ => exception.GetType().FullName!,
    };

    /// <summary>A message in the application's hands.</summary>
    /// <param name="given">When it got it; 0 where nobody wants to know.</param>
    /// <param name="activity">Null where nobody listens.</param>
    internal readonly struct Processing(long given, Activity? activity)
    {
        /// <summary>It has handled it.</summary>
        public void Handled()
        {
            if (given != 0)
                ProcessDuration.Record(Stopwatch.GetElapsedTime(given).TotalSeconds, IsOurs, IsProcess);
            Leave();
        }

        /// <summary>It has left it, or handled it already.</summary>
        public void Leave()
        {
            if (activity is null or { IsStopped: true })
                return;
            var outer = Activity.Current;
            activity.Dispose();
            Activity.Current = outer;
        }
    }

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
                activity?.SetStatus(ActivityStatusCode.Error).SetTag(Error, error.Value);
            activity?.Dispose();
        }
    }
}
