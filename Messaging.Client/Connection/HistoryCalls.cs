using Grpc.Core;
using Grpc.Net.Client;
using Messaging.Client.Protection;
using Messaging.V1;
using Microsoft.Extensions.Logging;

namespace Messaging.Client.Connection;

/// <summary>
/// Asks the server what was said (protocol §12), over a connection of its own that is there from the first call on. Safe
/// for concurrent use.
/// </summary>
internal sealed class HistoryCalls(MessagingClientOptions options) : IDisposable
{
    // A dead path shows before the call's own time is up, and the next call connects anew.
    private static readonly TimeSpan PingAfter = TimeSpan.FromSeconds(5);

    private readonly Opening _opening = new(options.Protector, options.LoggerFactory.CreateLogger<MessagingClient>());
    private readonly Lock _gate = new();
    private GrpcChannel? _channel;
    private bool _isDisposed;

    /// <param name="user">The other member.</param>
    /// <param name="before">0: the end.</param>
    /// <param name="limit">From 1.</param>
    /// <param name="token">What the streams go with; null where the application provides none.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="HistoryUnavailableException">There is no answer.</exception>
    public async Task<FetchedMessages> MessagesAsync(
        string user, int before, int limit, AccessToken? token, CancellationToken cancellationToken)
    {
        var request = new HistoryServiceListRequest { User = user, Before = before, Limit = limit };
        var page = await AskAsync(
            (client, patience) => client.ListAsync(request, HeadersOf(token), cancellationToken: patience), cancellationToken)
            .ConfigureAwait(false);
        return new FetchedMessages
        {
            Messages = [.. page.Messages.Select(Fetched)],
            HasMore = page.Messages.Count > 0 && page.Messages[0].UserOffset > page.KeptFrom,
            LastUserOffset = page.Head,
            KeptFrom = page.KeptFrom,
        };
    }

    /// <param name="after">The other member of the last one of the page before; empty for the first page.</param>
    /// <param name="limit">From 1.</param>
    /// <param name="token">What the streams go with; null where the application provides none.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="HistoryUnavailableException">There is no answer.</exception>
    public async Task<FetchedConversations> ConversationsAsync(
        string after, int limit, AccessToken? token, CancellationToken cancellationToken)
    {
        var request = new HistoryServiceConversationsRequest { After = after, Limit = limit };
        var page = await AskAsync(
            (client, patience) => client.ConversationsAsync(request, HeadersOf(token), cancellationToken: patience),
            cancellationToken)
            .ConfigureAwait(false);
        return new FetchedConversations
        {
            Conversations = [.. page.Conversations.Select(Fetched)],
            HasMore = page.HasMore,
        };
    }

    public void Dispose()
    {
        lock (_gate)
        {
            _isDisposed = true;
            _channel?.Dispose();
        }
    }

    private async Task<TPage> AskAsync<TPage>(
        Func<HistoryService.HistoryServiceClient, CancellationToken, AsyncUnaryCall<TPage>> ask,
        CancellationToken cancellationToken)
    {
        using var patience = new CancellationTokenSource(options.OpenTimeout, options.TimeProvider);
        using var asking = CancellationTokenSource.CreateLinkedTokenSource(patience.Token, cancellationToken);
        try
        {
            using var call = ask(new HistoryService.HistoryServiceClient(Channel()), asking.Token);
            return await call.ResponseAsync.ConfigureAwait(false);
        }
        catch (RpcException e)
        {
            cancellationToken.ThrowIfCancellationRequested();
            throw new HistoryUnavailableException($"{e.StatusCode}: {e.Status.Detail}", e);
        }
        catch (ObjectDisposedException)
        {
            throw new ClientClosedException();
        }
    }

    private GrpcChannel Channel()
    {
        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_isDisposed, this);
            return _channel ??= GrpcChannel.ForAddress(options.Address, new GrpcChannelOptions
            {
                HttpHandler = new SocketsHttpHandler
                {
                    ConnectTimeout = options.OpenTimeout,
                    KeepAlivePingDelay = PingAfter,
                    KeepAlivePingTimeout = PingAfter,
                    KeepAlivePingPolicy = HttpKeepAlivePingPolicy.WithActiveRequests,
                },
                DisposeHttpClient = true,
                LoggerFactory = options.LoggerFactory,
            });
        }
    }

    private Metadata HeadersOf(AccessToken? token)
    {
        var caller = new StreamRequest(options.User, options.Device, Window: null, StartAtHead: false, Position: null)
        {
            AccessToken = token,
        };
        var metadata = new Metadata();
        foreach (var (name, value) in caller.Headers())
            metadata.Add(name, value);
        return metadata;
    }

    private FetchedMessage Fetched(Message frame)
    {
        var message = _opening.Open(FromWire.Message(frame));
        return new FetchedMessage
        {
            Id = message.Id,
            From = message.From,
            To = message.To,
            IsOwn = message.Role != MessageRole.Receiver,
            State = frame.SignalAckState switch
            {
                { Read: true } => MessageState.Read,
                { Received: true } => MessageState.Received,
                _ => MessageState.Sent,
            },
            UserOffset = message.UserOffset,
            Timestamp = message.Timestamp,
            Payload = message.Payload,
            EncryptionType = message.EncryptionType,
            Encrypted = message.Encrypted,
            Signature = message.Signature,
            Unusable = message.Unusable,
        };
    }

    private FetchedConversation Fetched(ConversationStanding standing) => new()
    {
        Peer = standing.User,
        LastUserOffset = standing.Head,
        KeptFrom = standing.KeptFrom,
        LastMessage = standing.LastMessage is { } last ? Fetched(last) : null,
        Unread = standing.Unread,
        ReceivedUpTo = standing.Received,
        ReadUpTo = standing.Read,
        PeerReceivedUpTo = standing.PeerReceived,
        PeerReadUpTo = standing.PeerRead,
    };
}
