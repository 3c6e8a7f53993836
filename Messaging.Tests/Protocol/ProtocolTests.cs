using Messaging.Tests.EndToEnd;
using Messaging.Tests.Support;
using Messaging.V1;

namespace Messaging.Tests.Protocol;

/// <summary>What the tests of the protocol's sections have in common: the frames that go up, and how answers are read.</summary>
public abstract class ProtocolTests : ServerTests
{
    private protected static Signal Received(int upTo, string id = "") => new()
    {
        Id = id,
        SignalOffset = upTo,
        SignalAckState = new SignalAckState { Received = true },
    };

    private protected static Signal Read(string peer, string id = "", int upTo = 0) => new()
    {
        Id = id,
        To = new Identity { User = peer },
        UserOffset = upTo,
        SignalAckState = new SignalAckState { Read = true },
    };

    private protected static Signal Reread(int after, string id = "") =>
        new() { Id = id, Type = SignalKind.Request, SignalOffset = after };

    private protected static Signal Position(int offset, string id = "") => new()
    {
        Id = id,
        Type = SignalKind.Response,
        SignalType = SignalType.Device,
        SignalOffset = offset,
        SignalOffsetState = true,
    };

    private protected static Frame Up(Signal signal) => new() { Signal = signal };

    private protected static Frame Up(Message message) => new() { Message = message };

    /// <summary>What a refusal says to a program; empty where it is none.</summary>
    private protected static string Code(Signal answer) =>
        answer.HasError ? answer.Error[..answer.Error.IndexOf(':', StringComparison.Ordinal)] : "";

    /// <summary>What came down behind so many frames, once a question asked now has been answered.</summary>
    private protected static async Task<IReadOnlyList<Frame>> SoFarAsync(ProbeDevice device, int behind = 0)
    {
        // Acknowledging what is acknowledged changes nothing; its answer comes behind all that went down before.
        var answer = await device.AskAsync(Received(0));
        return [.. device.Frames.Skip(behind).Where(frame => frame.Signal?.Id != answer.Id)];
    }

    /// <summary>alice/phone, and m-1, m-2, … from it to bob.</summary>
    private protected async Task<ProbeDevice> AliceWritesAsync(int count, string to = "bob")
    {
        var alice = await ConnectAsync("alice/phone");
        for (var i = 1; i <= count; i++)
            await alice.SendAsync(to, $"m-{i}");
        return alice;
    }

    /// <summary>Stops the server, changes its file and starts it again.</summary>
    private protected async Task EditLedgerAsync(string sql)
    {
        await Server.StopAsync();
        LedgerEdit.Run(Server.LedgerPath, sql);
        await Server.StartAgainAsync();
    }

    /// <summary>Stops the server, has retention empty these messages, and starts the server again.</summary>
    private protected async Task ExpireAsync(params string[] ids)
    {
        await Server.StopAsync();
        await Expiry.RunAsync(Server.LedgerPath, ids);
        await Server.StartAgainAsync();
    }
}
