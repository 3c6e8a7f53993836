using Messaging.V1;

namespace Messaging.Tests.Properties;

/// <summary>§6: reads, plays and error reports.</summary>
internal sealed partial class NaiveService
{
    private ExpectedFrame TakeRead(NaiveFrameStream stream, Signal signal, bool isPlayed)
    {
        var (reader, peer) = (stream.User, signal.To.User);
        var conversation = Conversation(reader, peer);
        var named = conversation.Timeline.Find(one => one.Content.Id == signal.Id && one.Author.User == peer);
        if (named is null && signal.Id.Length > 0)
            return Refusal(signal.Id, "not_found");
        var upTo = signal.UserOffset > 0 ? signal.UserOffset : named!.UserOffset;
        var acknowledged = signal.SignalAckState?.Received == true ? signal.SignalOffset : 0;
        var isPastHead = acknowledged > Sequence(reader).Count;
        if (isPastHead || upTo > conversation.Timeline.Count)
        {
            HasAlarm |= isPastHead;
            return Refusal(signal.Id, "out_of_range");
        }

        var own = 0;
        if (reader != peer)
            own = MoveRead(stream, conversation, signal, isPlayed ? named : null, upTo);
        if (own > 0)
            Deliver(stream, own);
        if (acknowledged > 0)
            Acknowledge(stream, acknowledged);
        return new ExpectedFrame(Answer(new Signal
        {
            Id = signal.Id,
            SignalOffset = own,
            UserOffset = conversation.Read(reader),
            To = signal.To,
            SignalAckState = new SignalAckState { Read = true },
            SignalOffsetState = true,
        }));
    }

    private int MoveRead(
        NaiveFrameStream stream, NaiveConversationFacts conversation, Signal signal, NaiveMessage? played, int upTo)
    {
        var (reader, peer) = (stream.User, signal.To.User);
        var last = conversation.Timeline.FindLast(one => one.Author.User == peer && one.UserOffset <= upTo);
        var isFirstPlay = played?.PlayedBy.Add(reader) == true;
        var isMoved = last is not null && last.UserOffset > conversation.Read(reader);
        if (isMoved)
            conversation.ReadTo[reader] = upTo;
        if (!isMoved && !isFirstPlay)
            return 0;

        var told = Receipt(stream, isFirstPlay ? played!.Content.Id : last!.Content.Id, upTo, peer, isRead: true);
        var own = told with { Signal = told.Signal.Clone() };
        own.Signal.Id = signal.Id.Length > 0 ? signal.Id : last!.Content.Id;
        if (isFirstPlay)
            told.Signal.Status = own.Signal.Status = SignalStatus.Played;
        var offset = Append(reader, new NaiveEntry(own));
        Append(peer, new NaiveEntry(told));
        return offset;
    }

    private ExpectedFrame TakeReport(NaiveFrameStream stream, Signal signal)
    {
        var named = Conversation(stream.User, signal.To.User).Timeline
            .Find(one => one.Content.Id == signal.Id && one.Author.User == signal.To.User);
        if (named is null)
            return Refusal(signal.Id, "not_found");
        if (named.ReportedBy.Add(stream.User))
        {
            Append(named.Author.User, new NaiveEntry(new NaiveSignal(new Signal
            {
                Id = signal.Id,
                UserOffset = named.UserOffset,
                From = stream.Identity,
                To = new Identity { User = named.Author.User },
                Type = SignalKind.Error,
                Error = signal.Error,
            }, new LearnedTime())));
        }

        return new ExpectedFrame(Answer(new Signal { Id = signal.Id, SignalOffsetState = true }));
    }

    private static NaiveSignal Receipt(NaiveFrameStream stream, string about, int upTo, string other, bool isRead = false) =>
        new(new Signal
        {
            Id = about,
            UserOffset = upTo,
            From = stream.Identity,
            To = new Identity { User = other },
            Type = SignalKind.Response,
            SignalOffsetState = true,
            SignalAckState = new SignalAckState { Send = true, Received = true, Read = isRead },
        }, new LearnedTime());
}
