using Messaging.Client.Connection;
using Microsoft.Extensions.Logging;

namespace Messaging.Client.Protection;

/// <summary>The way in: what has come, as the application gets it. Never throws.</summary>
internal sealed class Opening(IMessageProtector? protector, ILogger logger)
{
    /// <summary>The message with its payload, or with what makes it unusable.</summary>
    public ReceivedMessage Open(ReceivedMessage message)
    {
        if (protector is null)
            return message;
        try
        {
            return message with { Payload = protector.Open(MessageEnvelope.Of(message)).Payload };
        }
        catch (MessageUnusableException e)
        {
            return Unusable(message, e.Message);
        }
#pragma warning disable CA1031 // Whatever the application's code throws: those behind the message must not wait.
        catch (Exception e)
#pragma warning restore CA1031
        {
            // Nothing of its text: it may have a part of the content.
            ClientLog.ProtectorFailed(logger, message.Id, e.GetType());
            return Unusable(message, "it cannot be opened");
        }
    }

    // What did not pass is not the sender's word.
    private ReceivedMessage Unusable(ReceivedMessage message, string reason)
    {
        ClientLog.Unusable(logger, message.Id, reason);
        return message with { Payload = default, Unusable = reason };
    }
}
