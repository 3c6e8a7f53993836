using System.Text;
using Messaging.Client;

namespace Messaging.Sample.Chat;

/// <summary>Messages in words.</summary>
internal static class MessageText
{
    /// <summary>What it says, on one line and without what would steer a terminal.</summary>
    public static string Of(StoredMessage message) => message.Unusable is { } reason
        ? $"[{reason}]"
        : string.Concat(Encoding.UTF8.GetString(message.Payload.Span).Select(c => char.IsControl(c) ? ' ' : c));

    /// <summary>How far a message of one's own is.</summary>
    public static string StateOf(StoredMessage message) => message.State switch
    {
        MessageState.Pending => "waiting",
        MessageState.Sent => "sent",
        MessageState.Received => "received",
        MessageState.Read => "read",
        _ => $"refused, {message.Error}; /retry or /drop",
    };
}
