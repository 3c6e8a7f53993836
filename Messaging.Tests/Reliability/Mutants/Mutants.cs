namespace Messaging.Tests.Reliability.Mutants;

/// <summary>Bugs that services like this one have had, each small enough to be overlooked in a review.</summary>
internal static class Mutants
{
    private const string Rules = "Messaging.Service/Ledger/Sqlite/Rules/";
    private const string Sqlite = "Messaging.Service/Ledger/Sqlite/";
    private const string Delivery = "Messaging.Service/Delivery/";
    private const string Sync = "Messaging.Service/Sync/";

    private const string Kills = "KilledServerTests";
    private const string PowerCuts = "PowerCutTests";
    private const string Histories = "HistoriesTests";

    public static IReadOnlyList<Mutant> All { get; } =
    [
        new("normal-for-full", PowerCuts,
            new Edit(Sqlite + "LedgerFile.cs",
                """Require(connection, "PRAGMA synchronous = FULL", "PRAGMA synchronous", "2");""",
                """Require(connection, "PRAGMA synchronous = NORMAL", "PRAGMA synchronous", "1");""")),
        new("answer-before-commit", PowerCuts,
            new Edit(Sqlite + "LedgerWriter.cs", "            _commit.Run();\n",
                "            _publisher.Settle(_batch);\n            _publisher.Wake(_changed);\n            _commit.Run();\n"),
            new Edit(Sqlite + "LedgerWriter.cs", "        _publisher.Settle(_batch);\n        Reached(",
                "        if (!isOnDisk)\n            _publisher.Settle(_batch);\n        Reached(")),
        new("deliver-before-commit", PowerCuts,
            new Edit(Sqlite + "LedgerWriter.cs", "            _commit.Run();\n",
                "            state.Publish(_changed);\n            _publisher.Wake(_changed);\n            _commit.Run();\n")),
        new("offset-outside-the-transaction", Kills,
            new Edit(Rules + "Sending.cs", "recipient.Name, recipient.Head.Next()", "recipient.Name, recipient.PublishedHead.Next()")),
        new("no-duplicate-check", Kills,
            new Edit(Sqlite + "Migrations/0001-ledger.sql", "CREATE UNIQUE INDEX journal_message_id", "CREATE INDEX journal_message_id"),
            new Edit(Sqlite + "Journal.cs",
                "VALUES ({parameters}) \"\n            + \"ON CONFLICT (id, user) WHERE id IS NOT NULL DO NOTHING\");",
                "VALUES ({parameters})\");")),
        new("duplicate-by-id-alone", Kills,
            new Edit(Sqlite + "Migrations/0001-ledger.sql", "ON journal (id, user)", "ON journal (id)"),
            new Edit(Sqlite + "Journal.cs", "ON CONFLICT (id, user)", "ON CONFLICT (id)"),
            new Edit(Sqlite + "Journal.cs", "WHERE id = ? AND user = ?", "WHERE id = ? AND ? > 0")),
        new("duplicate-whatever-it-says", Kills,
            new Edit(Rules + "Sending.cs", "if (stored.Digest != submission.Digest)", "if (stored.Digest == default)")),
        new("repeat-gets-new-offsets", Kills,
            new Edit(Rules + "Sending.cs", "        Fill(submission, stored);\n",
                "        Fill(submission, stored);\n        submission.SignalOffset = author.Head;\n")),
        new("resume-from-delivered", Kills,
            new Edit(Delivery + "QueueWalk.cs", "        frames.Add(frame);\n",
                "        frames.Add(frame);\n        Passed.Add(new PassOver(_stream, entry.Offset, entry.Offset));\n")),
        new("cursor-set-not-raised", Kills,
            new Edit(Rules + "Acknowledging.cs",
                "        if (upTo <= device.Cursor || upTo <= device.Told.Pass(device.AcknowledgedInBatch))\n            return false;\n", ""),
            new Edit(Rules + "Acknowledging.cs", "        if (acknowledged <= device.Cursor)\n", "        if (acknowledged == SignalOffset.None)\n")),
        new("cursor-in-memory-only", Kills,
            new Edit(Rules + "Acknowledging.cs", "        recorder.Record(new CursorRecord(recorder.NextHeader(\n            device, cursor: cursor, settledTo:",
                "        device.Cursor = cursor;\n        recorder.Record(new CursorRecord(recorder.NextHeader(\n            device, settledTo:")),
        new("wrapped-offset", "FullSequenceTests|Section10",
            new Edit("Messaging.Service/Ledger/SignalOffset.cs", "new(checked(Value + 1))", "new(Value == int.MaxValue ? 1 : Value + 1)"),
            new Edit(Rules + "Sending.cs", "user.Head == SignalOffset.Last || recipient.Head == SignalOffset.Last || ", "")),
        new("members-in-two-transactions", PowerCuts,
            new Edit(Sqlite + "Journal.cs", "        JournalRow.Bind(_append, record, _scratch);\n        return _append.Run() == 1;\n",
                """
                        if (record is MessageRecord { Entries.Length: 2 })
                        {
                            JournalRow.Bind(_append, record with { Header = record.Header with { Entries = [record.Entries[0]] } }, _scratch);
                            if (_append.Run() != 1)
                                return false;
                            foreach (var sql in (string[])["COMMIT", "BEGIN IMMEDIATE", $"DELETE FROM journal WHERE seq = {record.Sequence}"])
                            {
                                using var statement = new Statement(_connection, sql);
                                statement.Run();
                            }
                        }

                        JournalRow.Bind(_append, record, _scratch);
                        return _append.Run() == 1;

                """),
            new Edit(Sqlite + "Journal.cs", "        _names = new Names(connection);\n", "        _names = new Names(connection);\n        _connection = connection;\n"),
            new Edit(Sqlite + "Journal.cs", "    private readonly Names _names;\n", "    private readonly Names _names;\n    private readonly sqlite3 _connection;\n")),
        new("swallowed-disk-full", "DiskFaultTests",
            new Edit(Sqlite + "LedgerWriter.cs", "            RollBack();\n            return false;\n",
                "            if (raw.sqlite3_get_autocommit(connection) == 0)\n            {\n                using var rollback = new Statement(connection, \"ROLLBACK\");\n                rollback.Run();\n            }\n\n            return true;\n")),
        new("retried-fsync", "DiskFaultTests",
            new Edit(Sqlite + "LedgerFailureException.cs", "raw.SQLITE_BUSY or raw.SQLITE_LOCKED", "raw.SQLITE_BUSY or raw.SQLITE_IOERR")),
        new("old-stream-left-alive", Histories,
            new Edit(Rules + "RuleBook.cs", "if (device.Stream != stream.Number || stream.Listener is null)", "if (stream.Listener is null)"),
            new Edit(Sqlite + "Publisher.cs", "                stream.Listener?.OnReplaced();\n            return stream.State == opened.State || stream.Listener is null;",
                "                stream.Listener?.Wake();\n            return stream.Listener is null;")),
        new("lost-fold", PowerCuts,
            new Edit(Sqlite + "Projections.cs", "            Write(_fold.Writes[_fold.Next++]);\n",
                "            if (_fold.Next++ % 97 != 5)\n                Write(_fold.Writes[_fold.Next - 1]);\n")),
        new("fold-marked-before-it-is-written", PowerCuts,
            new Edit(Sqlite + "Projections.cs", "=> _fold.Fill(rows);",
                "{\n        _fold.Fill(rows);\n        _projected.Bind(1, _fold.Through).Run();\n    }")),
        new("no-fence", Histories,
            new Edit(Rules + "Fence.cs", "        !_isOverrun && (FirstWaiting(recipient) is not { } first || first == id);", "        recipient.Length + id.Length > 0;")),
        new("batch-out-of-order", Kills,
            new Edit(Sqlite + "LedgerWriter.cs", "            _batch.Add(submission);\n", "            _batch.Insert(_batch.Count / 2, submission);\n")),
        new("window-ignored", "Section05_Window",
            new Edit(Delivery + "DeliveryWindow.cs", "maxEntries - _inFlight.Count;", "2 * maxEntries;"),
            new Edit(Delivery + "DeliveryWindow.cs", "=> _inFlight.Count == 0 || (_inFlight.Count < maxEntries && _bytes < maxBytes);", "=> true;"),
            new Edit(Delivery + "DeliveryWindow.cs", "        _inFlight.Count == 0 || (_inFlight.Count < maxEntries && _bytes + bytes <= maxBytes);", "        bytes > -1;")),
        new("own-entries-lost-with-their-answer", Kills,
            new Edit(Delivery + "QueueWalk.cs", "entry.Record.Stream == _stream.Number && entry.Record is not ReportRecord", "entry.Record.Author == _stream.Device && entry.Record is not ReportRecord")),
        new("rollback-not-noticed", "RollbackTests",
            new Edit(Rules + "StreamOpening.cs", "if (submission.Position > head)", "if (submission.Position > SignalOffset.Last)")),
        new("awareness-with-an-offset", Kills,
            new Edit(Delivery + "AwarenessFrames.cs", "            Status = signal.Status,\n", "            Status = signal.Status,\n            SignalOffset = 1,\n")),
        new("streams-never-forgotten", "LeakTests",
            new Edit(Sync + "DeviceSession.cs", "        _services.Devices.Remove(this);\n", "")),
        new("lost-wake-up", "SqliteLedgerTests",
            new Edit(Sqlite + "Publisher.cs", "                foreach (var stream in user.Streams)\n                    WakeLater(stream);", "                foreach (var stream in user.Streams.Take(1))\n                    WakeLater(stream);")),
        new("body-not-as-sent", Kills,
            new Edit(Delivery + "BodyWriter.cs", "_body.Payload = message.Payload;", "_body.Payload = message.Payload.Length > 2000 ? ByteString.Empty : message.Payload;")),
        new("timeline-with-a-hole", Kills,
            new Edit(Rules + "Sending.cs", "UserOffset = conversation.Head.Next(),", "UserOffset = conversation.Head.Value % 100 == 50 ? conversation.Head.Next().Next() : conversation.Head.Next(),")),
        new("receipt-again", Kills,
            new Edit(Rules + "Acknowledging.cs", "                if (message.UserOffset <= watermark)\n                    continue;\n", "")),
        new("receipt-forgotten", Kills,
            new Edit(Rules + "Acknowledging.cs", "            if (_told.Count == 0)\n                continue;\n",
                "            if (_told.Count == 0 || upTo.Value % 2 == 0)\n            {\n                _told.Clear();\n                continue;\n            }\n\n")),
    ];
}
