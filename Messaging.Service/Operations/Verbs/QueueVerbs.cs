using System.CommandLine;
using Messaging.Service.Ledger.Sqlite.Upkeep;

namespace Messaging.Service.Operations.Verbs;

/// <summary>Where devices stand, and what they wait for.</summary>
internal static class QueueVerbs
{
    private const int DefaultMost = 20;

    private static readonly string[] Columns = ["device", "label", "cursor", "head", "waiting", "oldest waiting", "stream", "opened", "removed"];

    public static Command Devices(VerbScope scope)
    {
        var user = new Argument<string>("USER") { Description = "The user's name." };
        var verb = new Command(
            "devices",
            "The devices of a user: up to where each has acknowledged, what waits for it, and when it last connected. Reads "
            + "only; a service may run.")
        {
            user,
        };
        scope.Does(verb, run =>
        {
            using var queues = UserQueues.Open(run.Path, run.Arguments.GetRequiredValue(user));
            if (run.IsJson)
                run.Output.WriteJson(queues.Devices);
            else
                run.Output.WriteTable(Columns, queues.Devices.Select(CellsOf));
            return true;
        });
        return verb;
    }

    public static Command Queue(VerbScope scope)
    {
        var user = new Argument<string>("USER") { Description = "The user's name." };
        var device = new Argument<string>("DEVICE") { Description = "The device's name." };
        var most = new Option<int>("--most")
        {
            Description = "How many entries are told one by one.", DefaultValueFactory = _ => DefaultMost,
        };
        var verb = new Command(
            "queue",
            "What a device still waits for: every entry of its user's sequence past its cursor, which moves when the device "
            + "acknowledges. Reads only; a service may run.")
        {
            user, device, most,
        };
        scope.Does(verb, run =>
        {
            using var queues = UserQueues.Open(run.Path, run.Arguments.GetRequiredValue(user));
            var queue = queues.QueueOf(run.Arguments.GetRequiredValue(device), run.Arguments.GetValue(most));
            if (run.IsJson)
            {
                run.Output.WriteJson(queue);
                return true;
            }

            run.Output.WriteTable(Columns, [CellsOf(queue.Standing)]);
            run.Output.WriteLine(WhyOf(queue.Standing));
            if (queue.First.Count == 0)
                return true;
            run.Output.WriteFacts(queue.Kinds.Select(kind => ($"{kind.Key} entries", (object?)kind.Value)));
            run.Output.WriteTable(
                ["offset", "row", "what", "from", "message", "recorded", "bytes"],
                queue.First.Select(entry => new object?[]
                {
                    entry.Offset, entry.Row, entry.Kind, entry.From, entry.Id, entry.Recorded, entry.Bytes,
                }));
            return true;
        });
        return verb;
    }

    private static object?[] CellsOf(DeviceStanding standing) =>
    [
        standing.Device, standing.Label, standing.Cursor, standing.Head, standing.Waiting, standing.OldestWaiting,
        standing.Stream, standing.StreamOpened, standing.IsRemoved ? "yes" : "",
    ];

    private static string WhyOf(DeviceStanding standing) =>
        standing.IsRemoved ? "Nothing waits: its user has removed it from the account."
        : standing.Waiting == 0 ? "Nothing waits: it has acknowledged all there is."
        : standing.OldestWaiting > standing.StreamOpened
            ? "It has acknowledged everything up to its cursor. What waits came after it last connected: either it is not "
                + "connected any more, or it has not acknowledged yet."
            : "What waits was there when it last connected: it has not taken it yet, or does not acknowledge what it gets.";
}
