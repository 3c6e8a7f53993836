using Messaging.Tests.Protocol;
using Messaging.Tests.Support;
using Messaging.V1;
using NUnit.Framework;
using static Messaging.Tests.Security.Callers.TokenMaker;

namespace Messaging.Tests.Security.Callers;

/// <summary>Every <c>from</c> there can be, in every kind of frame (protocol §4, §8).</summary>
[TestFixture]
public sealed class SpoofingTests
{
    private static readonly TokenMaker Maker = new();
    private static readonly string[] Users = ["", "alice", "bob", "mallory", "Alice", "alice "];
    private static readonly string[] Devices = ["", "phone", "laptop", "Phone"];

    private static readonly (string Kind, Func<Identity?, string, Frame> Make)[] Kinds =
    [
        ("message", static (from, id) => new Frame { Message = new Message { Id = id, From = from, To = Bob } }),
        ("acknowledgement", static (from, id) => Up(new Signal { Id = id, From = from, SignalAckState = new() { Received = true } })),
        ("read", static (from, id) => Up(new Signal { Id = id, From = from, To = Bob, SignalAckState = new() { Read = true } })),
        ("played", static (from, id) => Up(new Signal { Id = id, From = from, To = Bob, Status = SignalStatus.Played })),
        ("re-read", static (from, id) => Up(new Signal { Id = id, From = from, Type = SignalKind.Request })),
        ("status", static (from, id) => Up(new Signal { Id = id, From = from, To = Bob, Status = SignalStatus.Typing })),
        ("report", static (from, id) => Up(new Signal { Id = id, From = from, To = Bob, Type = SignalKind.Error, Error = "no" })),
    ];

    private static Identity Bob => new() { User = "bob" };

    [Test]
    [Protocol("4.3", "4.53", "4.57", "8.15", "9.8")]
    public async Task From_is_the_caller_whatever_the_frame([Values] bool maySendAs)
    {
        await using var server = await TestServer.StartAsync(Maker.Settings);
        var token = Header(Maker.Sign(Claims("alice", ("scope", maySendAs ? "send-as" : null))));
        await using var alice = await server.ConnectAsync("alice/phone", token);
        var checkedOnes = 0;
        foreach (var (kind, make) in Kinds)
        {
            foreach (var user in Users)
            {
                foreach (var device in Devices)
                {
                    var from = new Identity { User = user, Device = device };
                    var answer = await AnswerAsync(alice, make(from, $"{kind} {user}/{device}"));
                    Assert.That(answer, Is.EqualTo(Expected(kind, user, device, maySendAs)), $"{kind} from {from}");
                    checkedOnes++;
                }
            }

            Assert.That(await AnswerAsync(alice, make(null, $"{kind} from nobody")), Is.Not.EqualTo("permission_denied"), kind);
        }

        await TestContext.Out.WriteLineAsync($"{checkedOnes} frames");
    }

    private static string Expected(string kind, string user, string device, bool maySendAs)
    {
        var isOwnDevice = device is "" or "phone";
        return user.Length == 0 && device.Length > 0 ? "invalid_argument"
            : user.Length > 0 && !(isOwnDevice && (user == "alice" || (maySendAs && kind == "message"))) ? "permission_denied"
            : kind is "read" or "played" or "report" ? "not_found" // of what nobody has sent
            : "";
    }

    private static async Task<string> AnswerAsync(ProbeDevice device, Frame frame)
    {
        var answer = frame.Message is { } message ? await device.AskAsync(message) : await device.AskAsync(frame.Signal);
        return answer.HasError ? answer.Error[..answer.Error.IndexOf(':', StringComparison.Ordinal)] : "";
    }

    private static Frame Up(Signal signal) => new() { Signal = signal };
}
