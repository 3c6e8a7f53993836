using Google.Protobuf;
using Microsoft.Data.Sqlite;

namespace Messaging.Client.Storage.Sqlite;

/// <summary>What is written to <c>messaging_outbox</c>. Belongs to the writer.</summary>
internal sealed class OutboxTable(SqliteConnection c) : IDisposable
{
    private readonly Sql _add = new(c,
        "INSERT INTO messaging_outbox (sequence, id, frame, era, plain) VALUES (?1, ?2, ?3, ?4, ?5)");

    private readonly Sql _id = new(c, "SELECT id FROM messaging_outbox WHERE sequence = ?1 AND id IS NOT NULL");
    private readonly Sql _remove = new(c, "DELETE FROM messaging_outbox WHERE sequence = ?1");
    private readonly Sql _park = new(c, "UPDATE messaging_outbox SET code = ?2, text = ?3 WHERE sequence = ?1");
    private readonly Sql _unpark = new(c, "DELETE FROM messaging_outbox WHERE id = ?1 AND code IS NOT NULL");

    /// <param name="sequence">Names the entry.</param>
    /// <param name="messageId">Null where it is no message.</param>
    /// <param name="frame">Null where it goes up as the message's row has it.</param>
    /// <param name="era">The present epoch.</param>
    /// <param name="plain">The application's payload, where a protector has made the frame of it.</param>
    public void Add(
        long sequence, string? messageId, V1.Frame? frame, int era, ByteString? plain = null) =>
        _add.Run(sequence, messageId, frame?.ToByteArray(), era, plain?.ToByteArray());

    /// <summary>The id of the entry's message; null where it is no message, or is not there.</summary>
    public string? FindId(long sequence)
    {
        using var row = _id.Read(sequence);
        return row.Read() ? row.GetString(0) : null;
    }

    public void Remove(long sequence) => _remove.Run(sequence);

    public void Park(long sequence, Outbox.Refusal refusal) => _park.Run(sequence, refusal.Code, refusal.Text);

    /// <summary>Returns whether the message was parked.</summary>
    public bool Unpark(string messageId) => _unpark.Run(messageId) > 0;

    public void Dispose()
    {
        foreach (var sql in new[] { _add, _id, _remove, _park, _unpark })
            sql.Dispose();
    }
}
