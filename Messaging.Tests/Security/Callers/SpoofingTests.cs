using Grpc.Core;
using Messaging.Tests.Protocol;
using Messaging.Tests.Support;
using Messaging.V1;
using NUnit.Framework;
using static Messaging.Tests.Security.Callers.TokenMaker;

namespace Messaging.Tests.Security.Callers;

/// <summary>
/// Every <c>from</c> and <c>to</c> there can be, in every kind of frame, of every kind of caller (protocol §2, §4, §8): what
/// comes of each is computed from the rules, and in the end the ledger holds what was accepted and nothing else.
/// </summary>
[TestFixture]
public sealed class SpoofingTests
{
    private static readonly TokenMaker Maker = new();

    /// <summary>Those who are somebody; each has written to each, under the id that <see cref="Seed"/> makes.</summary>
    private static readonly string[] Members = ["alice", "bob", "worker"];

    private static readonly Identity?[] Froms =
    [
        null,
        .. from user in (string[])["", "alice", "bob", "worker", "mallory", "Alice", "alice "]
           from device in (string[])["", "phone", "laptop", "Phone"]
           select Who(user, device),
    ];

    private static readonly Identity?[] Tos = [null, Who(""), Who("", "phone"), Who("alice"), Who("bob", "laptop"), Who("nobody")];

    private static readonly Dictionary<string, Func<Identity?, Identity?, string, Frame>> Kinds = new()
    {
        ["message"] = static (from, to, id) => new Frame { Message = new Message { Id = id, From = from, To = to } },
        ["acknowledgement"] = static (from, to, id) => Up(new Signal { Id = id, From = from, To = to, SignalAckState = new() { Received = true } }),
        ["receipt"] = static (from, to, id) => Up(new Signal { Id = id, From = from, To = to, SignalOffset = 1, SignalAckState = new() { Received = true, Send = true } }),
        ["read"] = static (from, to, id) => Up(new Signal { Id = id, From = from, To = to, SignalAckState = new() { Read = true } }),
        ["played"] = static (from, to, id) => Up(new Signal { Id = id, From = from, To = to, Status = SignalStatus.Played }),
        ["status"] = static (from, to, id) => Up(new Signal { Id = id, From = from, To = to, Status = SignalStatus.Typing }),
        ["position"] = static (from, to, id) => Up(new Signal { Id = id, From = from, To = to, Type = SignalKind.Response, SignalType = SignalType.Device, SignalOffset = 1, SignalOffsetState = true }),
        ["request"] = static (from, to, id) => Up(new Signal { Id = id, From = from, To = to, Type = SignalKind.Request }),
        ["report"] = static (from, to, id) => Up(new Signal { Id = id, From = from, To = to, Type = SignalKind.Error, Error = "no" }),
    };

    [Test]
    [Protocol("2.3", "2.4", "2.5", "2.57", "4.3", "4.53", "4.57", "8.15", "9.8", "9.15")]
    public async Task Every_from_and_to_in_every_frame_is_judged_by_the_rules(
        [Values("alice", "worker")] string sub, [Values(null, "phone")] string? bound, [Values("phone", "laptop")] string asked,
        [Values] bool maySendAs)
    {
        await using var server = await TestServer.StartAsync(
        [
            .. Maker.Settings, "--Messaging:Limits:MessagesPerSecond=0", "--Messaging:Limits:UserMessagesPerSecond=0",
            "--Messaging:Streams:FramesPerSecond=0", "--Messaging:Streams:InvalidInARow=1000000",
        ]);
        foreach (var member in Members)
            await SeedAsync(server, member);

        var claims = Claims(sub, ("scope", maySendAs ? "send-as" : null), ("device", bound));
        if (bound is not null && asked != bound)
        {
            var refused = Assert.ThrowsAsync<RpcException>(() => server.ConnectAsync($"{sub}/{asked}", Header(Maker.Sign(claims))));
            Assert.That(refused.StatusCode, Is.EqualTo(StatusCode.Unauthenticated));
            return;
        }

        var accepted = new List<string>();
        var count = 0;
        await using (var device = await server.ConnectAsync($"{sub}/{asked}", Header(Maker.Sign(claims))))
        {
            foreach (var (kind, make) in Kinds)
            {
                foreach (var from in Froms)
                {
                    foreach (var to in Tos)
                    {
                        var id = kind is "read" or "played" or "report" ? Seed(to?.User ?? "", sub) : $"{kind}-{++count}";
                        var answer = await AnswerAsync(device, make(from, to, id));
                        Assert.That(
                            answer, Is.EqualTo(Expected(kind, from, to, sub, asked, maySendAs)), $"{kind} from {from} to {to}");
                        if (kind == "message" && answer.Length == 0)
                            accepted.Add($"{(from is { User.Length: > 0 } ? from.User : sub)}/{asked} {id}");
                    }
                }
            }
        }

        await server.StopAsync();
        await TestContext.Out.WriteLineAsync($"{Kinds.Count * Froms.Length * Tos.Length} frames, {accepted.Count} messages");
        Assert.That(
            Rows(server, "SELECT u.name || '/' || d.name || ' ' || j.id FROM journal j JOIN user u ON u.key = j.user "
                + "JOIN device d ON d.key = j.device WHERE j.kind = 1 AND j.id NOT LIKE 'seed-%' ORDER BY j.seq"),
            Is.EqualTo(accepted));
        Assert.That(
            Rows(server, "SELECT DISTINCT u.name || '/' || d.name FROM journal j JOIN user u ON u.key = j.user "
                + "JOIN device d ON d.key = j.device WHERE j.kind <> 1 AND d.name <> 'seeds'"),
            Is.EqualTo(new[] { $"{sub}/{asked}" }), "what is no message is the caller's always");
    }

    /// <summary>What a frame is answered, by the rules: shape, then identity, then content (protocol §9).</summary>
    private static string Expected(string kind, Identity? from, Identity? to, string sub, string device, bool maySendAs)
    {
        var needsRecipient = kind is "message" or "read" or "played" or "status" or "report";
        if (kind == "position" || (needsRecipient && string.IsNullOrEmpty(to?.User)) || from is { User: "", Device: not "" })
            return "invalid_argument";
        var isLeftOut = from is null or { User: "", Device: "" };
        var isOwnUser = isLeftOut || from!.User == sub || (maySendAs && kind == "message");
        var isOwnDevice = isLeftOut || from!.Device.Length == 0 || from.Device == device;
        if (!isOwnUser || !isOwnDevice)
            return "permission_denied";
        return kind is "read" or "played" or "report" && !Members.Contains(to!.User) ? "not_found" : "";
    }

    private static string Seed(string author, string recipient) => $"seed-{author}-{recipient}";

    private static async Task SeedAsync(TestServer server, string author)
    {
        await using var device = await server.ConnectAsync($"{author}/seeds", Header(Maker.Sign(Claims(author))));
        foreach (var recipient in Members)
            Assert.That((await device.SendAsync(recipient, Seed(author, recipient))).SignalOffsetState, Is.True);
    }

    private static async Task<string> AnswerAsync(ProbeDevice device, Frame frame)
    {
        var answer = frame.Message is { } message ? await device.AskAsync(message) : await device.AskAsync(frame.Signal);
        return answer.HasError ? answer.Error[..answer.Error.IndexOf(':', StringComparison.Ordinal)] : "";
    }

    private static List<string> Rows(TestServer server, string sql)
    {
        using var connection = LedgerEdit.Open(server.LedgerPath);
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        using var reader = command.ExecuteReader();
        var rows = new List<string>();
        while (reader.Read())
            rows.Add(reader.GetString(0));
        return rows;
    }

    private static Identity Who(string user, string device = "") => new() { User = user, Device = device };

    private static Frame Up(Signal signal) => new() { Signal = signal };
}
