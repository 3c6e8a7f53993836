using Grpc.Core;
using Messaging.Service.Delivery;
using Messaging.Service.Ledger;
using Messaging.Service.Security;
using Messaging.V1;

namespace Messaging.Service.History;

/// <summary>The doorway of <c>HistoryService</c> (protocol §12): who calls, what is asked for, how it goes down.</summary>
internal sealed class HistoryEndpoint(
    ICallerIdentity callers, ILedger ledger, UserCalls calls, HistoryOptions options, MessageLimits limits, AuditLog audit)
    : HistoryService.HistoryServiceBase
{
    /// <inheritdoc/>
    public override async Task<HistoryServiceListResponse> List(
        HistoryServiceListRequest request, ServerCallContext context)
    {
        var device = callers.Require(context).Device;
        RequireName(request.User, "user");
        if (request.User.Length == 0)
            throw Invalid("user is missing");
        RequireNumber(request.Before, "before");
        RequireNumber(request.After, "after");
        RequireNumber(request.Limit, "limit");

        var isAfter = request.BoundCase == HistoryServiceListRequest.BoundOneofCase.After;
        var query = new HistoryQuery(
            device, request.User,
            isAfter ? HistorySide.After : HistorySide.Before,
            new UserOffset(isAfter ? request.After : request.Before),
            MostOf(request.Limit, options.PageMessages), options.PageBytes);
        var page = await ServeAsync(
            device, context, cancellationToken => ledger.ReadHistoryAsync(query, cancellationToken));

        var frames = new EntryFrames(device);
        var response = new HistoryServiceListResponse { Head = page.Head.Value, KeptFrom = page.KeptFrom.Value };
        response.Messages.AddRange(page.Messages.Select(message => MessageOf(message, frames)));
        return response;
    }

    /// <inheritdoc/>
    public override async Task<HistoryServiceConversationsResponse> Conversations(
        HistoryServiceConversationsRequest request, ServerCallContext context)
    {
        var device = callers.Require(context).Device;
        RequireName(request.After, "after");
        RequireNumber(request.Limit, "limit");

        var query = new ConversationQuery(
            device, request.After, MostOf(request.Limit, options.PageConversations), options.PageBytes,
            options.MaxUnread);
        var page = await ServeAsync(
            device, context, cancellationToken => ledger.ReadConversationsAsync(query, cancellationToken));

        var frames = new EntryFrames(device);
        var response = new HistoryServiceConversationsResponse { HasMore = page.HasMore };
        response.Conversations.AddRange(page.Conversations.Select(conversation => StandingOf(conversation, frames)));
        return response;
    }

    private async Task<TPage> ServeAsync<TPage>(
        Party device, ServerCallContext context, Func<CancellationToken, ValueTask<TPage?>> read)
        where TPage : class
    {
        if (!calls.TryEnter(device.User))
        {
            throw new RpcException(new Status(
                StatusCode.ResourceExhausted, $"more than {options.CallsPerUser} calls at a time"));
        }

        try
        {
            if (await read(context.CancellationToken) is { } page)
                return page;
            audit.RefusedRemoved(context, device);
            throw CallRefusal.RemovedDevice();
        }
        catch (LedgerClosedException)
        {
            throw new RpcException(new Status(StatusCode.Unavailable, "the service is stopping"));
        }
        finally
        {
            calls.Leave(device.User);
        }
    }

    // All of it had to wait.
    private static Message MessageOf(QueueEntry message, EntryFrames frames) =>
        frames.For(message, SignalRequest.Pull)!.Message;

    private static ConversationStanding StandingOf(ConversationSummary conversation, EntryFrames frames) => new()
    {
        User = conversation.Peer,
        Head = conversation.Head.Value,
        KeptFrom = conversation.KeptFrom.Value,
        LastMessage = conversation.Last is { } last ? MessageOf(last, frames) : null,
        Unread = conversation.Unread,
        Received = conversation.Own.Received.Value,
        Read = conversation.Own.Read.Value,
        PeerReceived = conversation.Others.Received.Value,
        PeerRead = conversation.Others.Read.Value,
    };

    private static int MostOf(int asked, int most) => asked == 0 ? most : Math.Min(asked, most);

    private void RequireName(string name, string field)
    {
        if (PlainText.IsLongerThan(name, limits.NameBytes))
            throw Invalid($"{field} is longer than {limits.NameBytes} bytes");
        if (PlainText.HasControls(name))
            throw Invalid($"{field} holds a control character");
    }

    private static void RequireNumber(int number, string field)
    {
        if (number < 0)
            throw Invalid($"{field} is negative");
    }

    private static RpcException Invalid(string text) => new(new Status(StatusCode.InvalidArgument, text));
}
