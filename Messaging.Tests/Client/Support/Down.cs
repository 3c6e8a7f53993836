using Messaging.V1;

namespace Messaging.Tests.Client.Support;

/// <summary>Frames as the server sends them to alice's phone.</summary>
internal static class Down
{
    public static Frame Position(int upTo, string id = "") => new()
    {
        Signal = new Signal
        {
            Id = id,
            Type = SignalKind.Response,
            SignalType = SignalType.Device,
            SignalOffset = upTo,
            SignalOffsetState = true,
        },
    };

    public static Frame Message(
        int offset, string id = "", string from = "bob", SignalType role = SignalType.Receiver) => new()
        {
            Message = new Message
            {
                Id = id.Length > 0 ? id : $"m{offset}",
                SignalOffset = offset,
                UserOffset = offset,
                From = new Identity { User = from, Device = "laptop" },
                To = new Identity { User = from == "alice" ? "bob" : "alice" },
                Timestamp = 1,
                SignalType = role,
                SignalOffsetState = true,
                SignalRequest = SignalRequest.Pull,
            },
        };

    public static Frame Accepted(string id, int offset, int userOffset) => new()
    {
        Signal = new Signal
        {
            Id = id,
            Type = SignalKind.Response,
            SignalType = SignalType.Sender,
            SignalOffset = offset,
            UserOffset = userOffset,
            Timestamp = 1_000,
            To = new Identity { User = "bob" },
            SignalAckState = new SignalAckState { Send = true },
            SignalOffsetState = true,
        },
    };

    public static Frame NotAdvanced(string id, string error = "unavailable: the store is busy") => new()
    {
        Signal = new Signal { Id = id, Type = SignalKind.Response, SignalType = SignalType.Sender, Error = error },
    };

    public static Frame Error(string id, string error) => new()
    {
        Signal = new Signal { Id = id, Type = SignalKind.Error, SignalType = SignalType.Sender, Error = error },
    };

    public static Frame Receipt(int offset, int userOffset, bool read = false, string from = "bob") => new()
    {
        Signal = new Signal
        {
            Id = "any",
            Type = SignalKind.Response,
            SignalType = SignalType.Sender,
            SignalOffset = offset,
            UserOffset = userOffset,
            From = new Identity { User = from, Device = "laptop" },
            To = new Identity { User = "alice" },
            SignalAckState = new SignalAckState { Send = true, Received = true, Read = read },
            SignalOffsetState = true,
        },
    };

    public static Frame ReadAnswer(int offset, int userOffset, string id = "") => new()
    {
        Signal = new Signal
        {
            Id = id,
            Type = SignalKind.Response,
            SignalType = SignalType.Sender,
            SignalOffset = offset,
            UserOffset = userOffset,
            To = new Identity { User = "bob" },
            SignalAckState = new SignalAckState { Read = true },
            SignalOffsetState = true,
        },
    };

    /// <summary>The answer to an error report or to awareness.</summary>
    public static Frame Taken(string id) => new()
    {
        Signal = new Signal
        {
            Id = id,
            Type = SignalKind.Response,
            SignalType = SignalType.Sender,
            SignalOffsetState = true,
        },
    };

    public static Frame Awareness(SignalStatus status, string from = "bob", string id = "") => new()
    {
        Signal = new Signal
        {
            Id = id,
            SignalType = SignalType.Receiver,
            Status = status,
            Timestamp = 1,
            From = new Identity { User = from, Device = "laptop" },
            To = new Identity { User = "alice" },
        },
    };
}
