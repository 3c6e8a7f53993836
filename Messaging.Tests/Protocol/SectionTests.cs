using Messaging.Tests.Support;
using Messaging.V1;
using NUnit.Framework;

namespace Messaging.Tests.Protocol;

/// <summary>Holds a running server to sentences of docs/protocol.md, with the generated stub.</summary>
public abstract class SectionTests : ProtocolTests
{
    /// <summary>
    /// Sends a frame to which exactly one answer comes back, whatever id that has. What others send meanwhile, like the
    /// receipt for something that the device sent before, is passed over: it says from whom it is, an answer does not.
    /// </summary>
    private protected static async Task<Signal> NextAsync(ProbeDevice device, Frame frame)
    {
        var before = device.Frames.Count;
        await device.UpAsync(frame);
        await device.Until($"what comes back to {frame}", () => Answers().Any());
        return Answers().First();

        IEnumerable<Signal> Answers() =>
            device.Frames.Skip(before).Select(next => next.Signal).Where(signal => signal is { From: null });
    }

    private protected static Task<Signal> NextAsync(ProbeDevice device, Signal signal) =>
        NextAsync(device, new Frame { Signal = signal });

    /// <summary>Whatever the device sent before has been answered by now, and nothing that follows from it is missing.</summary>
    private protected static Task SettleAsync(ProbeDevice device) =>
        device.AskAsync(new Signal { To = new Identity { User = device.User }, Status = SignalStatus.Chatting });

    /// <summary>How many entries a user's sequence has.</summary>
    private protected async Task<int> HeadAsync(string user)
    {
        var witness = await ConnectAsync($"{user}/witness");
        await DisconnectAsync(witness);
        return witness.Head;
    }

    private protected async Task<ProbeDevice> ConnectWithMessagesAsync(string name, int count, string from = "alice")
    {
        var device = await ConnectAsync(name);
        await device.MessagesAsync(count);
        Assert.That(device.Messages.Select(message => message.From.User), Is.All.EqualTo(from));
        return device;
    }

    private protected static async Task SendManyAsync(ProbeDevice device, string to, int count)
    {
        for (var i = 1; i <= count; i++)
            await device.SendAsync(to, $"m-{i}");
    }

    private protected static Signal Played(string peer, string id, int upTo = 0) => new()
    {
        Id = id,
        To = new Identity { User = peer },
        UserOffset = upTo,
        Status = SignalStatus.Played,
    };

    private protected static Signal Report(string peer, string id, string error = "it does not decrypt") => new()
    {
        Id = id,
        To = new Identity { User = peer },
        Type = SignalKind.Error,
        Error = error,
    };

    private protected static Signal Status(string to, SignalStatus status, string id = "", string device = "") => new()
    {
        Id = id,
        To = new Identity { User = to, Device = device },
        Status = status,
        Timestamp = 1_700_000_000_005,
    };

    /// <summary>The signal without its time, which must be the server's.</summary>
    private protected static Signal Timeless(Signal signal)
    {
        Assert.That(signal.Timestamp, Is.GreaterThan(1_700_000_000_000).And.LessThan(4_000_000_000_000), signal.ToString());
        var copy = signal.Clone();
        copy.Timestamp = 0;
        return copy;
    }

    private protected static Signal Accepted(Signal answer)
    {
        Assert.That((answer.Type, answer.SignalOffsetState), Is.EqualTo((SignalKind.Response, true)), answer.ToString());
        return answer;
    }

    private protected static void Refused(Signal answer, string code, bool isFinal = true)
    {
        Assert.That(answer.Error, Does.StartWith($"{code}: "), answer.ToString());
        var kind = isFinal ? SignalKind.Error : SignalKind.Response;
        Assert.That((answer.Type, answer.SignalOffsetState), Is.EqualTo((kind, false)), answer.ToString());
    }
}
