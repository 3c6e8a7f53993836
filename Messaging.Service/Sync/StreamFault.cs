using Google.Protobuf;
using Grpc.Core;
using Messaging.Service.Ledger;

namespace Messaging.Service.Sync;

/// <summary>What the failure of a stream's loop means for the stream: told by type, never by text.</summary>
internal static class StreamFault
{
    /// <summary>A bug is logged, here and nowhere else; a lost connection is none.</summary>
    public static Ending EndingOf(Exception exception, StreamLife life, string session, ILogger logger)
    {
        if (life.IsPeerGone)
            return Ending.Gone;
        switch (exception)
        {
            // It is an IOException too.
            case InvalidProtocolBufferException:
            // A prefix whose compression flag is none.
            case InvalidDataException:
                return Ending.Undecodable;
            case IOException:
                return Ending.Gone;
            case OperationCanceledException when life.Reading.IsCancellationRequested:
                return life.Ending ?? Ending.Gone;
            case LedgerClosedException:
                return Ending.NotOpened;
            case RpcException refused:
                // A frame above the limit, a compressed one, or half of one at the end.
                return new Ending(refused.Status, EndingManner.Answered) { Name = "frame_refused" };
            default:
                SyncLog.Failed(logger, session, exception);
                return Ending.Failed;
        }
    }
}
