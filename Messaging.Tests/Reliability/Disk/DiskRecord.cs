using System.Buffers.Binary;

namespace Messaging.Tests.Reliability.Disk;

/// <summary>What happened to a file, as <c>disk.c</c> numbers it.</summary>
internal enum DiskEntry
{
    Created,
    Written,
    Truncated,
    Unlinked,
    SyncBegun,
    Synced,
    SyncFailed,
}

/// <summary>One line of a disk's log.</summary>
/// <param name="Number">Its place in the log, from 1.</param>
/// <param name="Entry">What happened.</param>
/// <param name="File">To which file.</param>
/// <param name="Offset">
/// Of a write, where; of a truncation, the size; of the end of a sync, the number of the record that began it.
/// </param>
/// <param name="Bytes">Of a write, what.</param>
internal sealed record DiskRecord(long Number, DiskEntry Entry, DiskFile File, long Offset, ReadOnlyMemory<byte> Bytes)
{
    private const int HeadSize = 32;

    /// <summary>Reads a log; a last record that a kill cut short is left out, since nobody was told of it.</summary>
    public static List<DiskRecord> ReadLog(string path)
    {
        var log = System.IO.File.ReadAllBytes(path).AsMemory();
        var records = new List<DiskRecord>();
        while (log.Length >= HeadSize)
        {
            var head = log.Span[..HeadSize];
            var entry = (DiskEntry)BinaryPrimitives.ReadInt32LittleEndian(head[8..]);
            var length = entry == DiskEntry.Written ? (int)BinaryPrimitives.ReadInt64LittleEndian(head[24..]) : 0;
            if (log.Length < HeadSize + length)
                break;
            var record = new DiskRecord(
                BinaryPrimitives.ReadInt64LittleEndian(head),
                entry,
                (DiskFile)BinaryPrimitives.ReadInt32LittleEndian(head[12..]),
                BinaryPrimitives.ReadInt64LittleEndian(head[16..]),
                log.Slice(HeadSize, length));
            if (record.Number != records.Count + 1)
                throw new InvalidDataException($"The log holds record {record.Number} at {records.Count + 1}.");
            records.Add(record);
            log = log[(HeadSize + length)..];
        }

        return records;
    }
}
