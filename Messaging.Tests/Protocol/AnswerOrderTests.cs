using Messaging.Service.Ledger;
using Messaging.Service.Ledger.Sqlite;
using Messaging.Tests.Support;
using Microsoft.Extensions.Logging.Abstractions;
using NUnit.Framework;

namespace Messaging.Tests.Protocol;

/// <summary>Protocol §4: what the order of answers and entries stands on.</summary>
[TestFixture]
public sealed class AnswerOrderTests
{
    [Test]
    [Protocol("4.14")]
    public async Task A_message_is_answered_before_anybody_sees_its_entry_or_a_later_one()
    {
        using var folder = TemporaryFolder.Create();
        await using var ledger = await SqliteLedger.OpenAsync(
            new LedgerOptions { Path = folder.File("ledger.db") }, TimeProvider.System, NullLogger<SqliteLedger>.Instance);
        var listener = new HeadListener();
        var opening = new OpenStream(new Party("alice", "phone"), listener);
        await ledger.SubmitAsync(opening, CancellationToken.None).InTime("the opening is handed over");
        await Wait.Eventually("the stream is open", () => opening.Settlement == Settlement.Recorded && opening.Stream is not null);
        for (var i = 0; i < 100; i++)
        {
            var message = new SendMessage(
                opening.Stream!, $"m-{i}", "bob", new byte[] { 1 }, new MessageDigest(1, (ulong)i));
            await ledger.SubmitAsync(message, CancellationToken.None).InTime("a message is handed over");
        }

        await Wait.Eventually("all are settled", () => listener.Settled == 100);
        Assert.That(listener.SeenBefore, Is.Zero);
        opening.Stream!.Dispose();
    }

    /// <summary>Counts the messages whose entry could be read already when they were settled.</summary>
    private sealed class HeadListener : IStreamListener
    {
        private int settled;
        private int seenBefore;

        public int Settled => Volatile.Read(ref settled);

        public int SeenBefore => Volatile.Read(ref seenBefore);

        public void OnSettled(Submission submission)
        {
            if (submission is not SendMessage message)
                return;
            if (message.Stream!.Head >= message.SignalOffset)
                Interlocked.Increment(ref seenBefore);
            Interlocked.Increment(ref settled);
        }

        public void Wake()
        {
        }

        public void OnReplaced()
        {
        }

        public void OnRevoked()
        {
        }
    }
}
