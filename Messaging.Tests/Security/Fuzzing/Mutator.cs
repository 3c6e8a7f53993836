using System.Text;
using Google.Protobuf;
using Messaging.V1;

namespace Messaging.Tests.Security.Fuzzing;

/// <summary>
/// Makes mutants of frames: of their fields, which keeps them decodable for the most part, and of their bytes, which does
/// not. The same seed makes the same ones.
/// </summary>
internal sealed class Mutator(IReadOnlyList<byte[]> corpus, Random random)
{
    private const int Deepest = 3;

    private static readonly ulong[] Numbers =
    [
        0, 1, 2, 3, 64, 127, 128, 255, 4096, int.MaxValue, (ulong)int.MaxValue + 1, uint.MaxValue, (ulong)uint.MaxValue + 1,
        long.MaxValue, (ulong)long.MaxValue + 1, ulong.MaxValue, unchecked((ulong)int.MinValue),
    ];

    private static readonly byte[][] Texts =
    [
        [], [0], [0xff], [0xc0, 0x80], [0xed, 0xa0, 0x80], [0xe2, 0x82],
        .. new[]
        {
            "alice", "bob", "carol", "m1", "m3", "'; DROP TABLE journal; --", "\"quoted\"", "%s%n%00", "a\0b", "\u202egnp.exe\u202c",
            "\u200f\u0627\u0644\u0639", "e\u0301", "\ufeff", "\u2028", "\u0085", "line\nline", "👩‍👩‍👧", "../../etc/passwd", "none", "E2E", "QUJD", "QR==",
            "=", new string('é', 64), new string('x', 128), new string('x', 129), new string('u', 255), new string('u', 256),
            new string('A', 8 * 1024), new string('z', 64 * 1024),
        }.Select(Encoding.UTF8.GetBytes),
    ];

    /// <param name="decodes">Only such as the parser takes.</param>
    public byte[] Next(bool decodes)
    {
        byte[] bytes;
        do
            bytes = Next();
        while (decodes && !IsFrame(bytes));
        return bytes;
    }

    public static bool IsFrame(byte[] bytes)
    {
        try
        {
            Frame.Parser.ParseFrom(bytes);
            return true;
        }
        catch (InvalidProtocolBufferException)
        {
            return false;
        }
    }

    private byte[] Next()
    {
        var bytes = Pick(corpus);
        for (var times = random.Next(4); times >= 0; times--)
        {
            bytes = random.Next(8) switch
            {
                0 => OfBytes(bytes),
                _ when WireField.TryParse(bytes) is { } fields => WireField.Write(OfFields(fields, depth: 0)),
                _ => OfBytes(bytes),
            };
        }

        return bytes;
    }

    private List<WireField> OfFields(List<WireField> fields, int depth)
    {
        if (fields.Count == 0 || random.Next(12) == 0)
        {
            fields.Insert(random.Next(fields.Count + 1), Any());
            return fields;
        }

        var at = random.Next(fields.Count);
        var field = fields[at];

        // Most of the time what is meant is within: a message or a signal, and the parties in it.
        if (field.Type == 2 && depth < Deepest && random.Next(4) > 0 && WireField.TryParse(field.Bytes) is { Count: > 0 } inner)
        {
            fields[at] = field with { Bytes = WireField.Write(OfFields(inner, depth + 1)) };
            return fields;
        }

        switch (random.Next(12))
        {
            case 0:
                fields.RemoveAt(at);
                break;
            case 1:
                fields.Insert(random.Next(fields.Count + 1), field);
                break;
            case 2:
                fields.Reverse();
                break;
            case 3:
                fields[at] = field with { Number = random.Next(20) };
                break;
            case 4:
                fields[at] = field with { Type = random.Next(8) };
                break;
            case 5 when field.Type == 2 && random.Next(4) == 0:
                fields[at] = field with { Lie = random.Next(-2, 1_000) };
                break;
            case 6:
                fields[at] = Nested(field);
                break;
            case 7:
                fields.AddRange(WireField.TryParse(Pick(corpus)) ?? []);
                break;
            case 8 when field.Type == 2:
                fields[at] = field with { Bytes = OfBytes(field.Bytes) };
                break;
            default:
                fields[at] = field.Type == 2
                    ? field with { Bytes = Pick(Texts) }
                    : field with { Value = random.Next(3) == 0 ? (ulong)random.NextInt64() : Pick(Numbers) };
                break;
        }

        return fields;
    }

    private WireField Any() => random.Next(3) switch
    {
        0 => new WireField(random.Next(1, 20), 0, Pick(Numbers), []),
        1 => new WireField(random.Next(1, 20), 2, 0, Pick(Texts)),
        _ => new WireField(random.Next(100, 1 << 20), random.Next(6), Pick(Numbers), Pick(corpus)),
    };

    private WireField Nested(WireField field)
    {
        for (var times = random.Next(1, 120); times > 0; times--)
            field = new WireField(field.Number, 2, 0, WireField.Write([field]));
        return field;
    }

    private byte[] OfBytes(byte[] bytes)
    {
        if (bytes.Length == 0)
            return Pick(Texts);
        var at = random.Next(bytes.Length);
        var length = random.Next(1, Math.Min(bytes.Length - at, 16) + 1);
        switch (random.Next(6))
        {
            case 0:
                return bytes[..at];
            case 1:
                return [.. bytes[..at], .. bytes[(at + length)..]];
            case 2:
                return [.. bytes[..(at + length)], .. bytes[at..]];
            case 3:
                return [.. bytes[..at], .. Pick(corpus)];
            case 4:
                var noise = new byte[length];
                random.NextBytes(noise);
                return [.. bytes[..at], .. noise, .. bytes[at..]];
            default:
                var flipped = bytes.ToArray();
                flipped[at] ^= (byte)(1 << random.Next(8));
                return flipped;
        }
    }

    private T Pick<T>(IReadOnlyList<T> choices) => choices[random.Next(choices.Count)];
}
