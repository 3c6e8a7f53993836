using System.Buffers.Binary;

namespace Messaging.Benchmarks.Http2;

/// <summary>What the server lets us send: its connection and stream windows, its frame size (RFC 9113 §5.2).</summary>
internal sealed class SendWindow
{
    private const int InitialWindowSetting = 4;
    private const int MaxFrameSetting = 5;

    private long _connection = 65_535;
    private long _stream = 65_535;
    private int _initialStream = 65_535;
    private int _maxFrame = 16_384;

    /// <summary>How long the next frame may be, of <paramref name="wanted"/> bytes.</summary>
    public int NextFrame(int wanted)
    {
        var window = Math.Max(0, Math.Min(_connection, _stream));
        return (int)Math.Min(window, Math.Min(_maxFrame, wanted));
    }

    public void Take(int count)
    {
        _connection -= count;
        _stream -= count;
    }

    public void Widen(int streamId, ReadOnlySpan<byte> payload)
    {
        var increment = BinaryPrimitives.ReadInt32BigEndian(payload) & int.MaxValue;
        if (streamId == 0)
            _connection += increment;
        else
            _stream += increment;
    }

    public void Apply(ReadOnlySpan<byte> settings)
    {
        for (; settings.Length >= 6; settings = settings[6..])
        {
            var value = BinaryPrimitives.ReadInt32BigEndian(settings[2..]);
            switch (BinaryPrimitives.ReadUInt16BigEndian(settings))
            {
                case InitialWindowSetting:
                    // A stream that is open already is moved by the difference, even below zero.
                    _stream += value - _initialStream;
                    _initialStream = value;
                    break;
                case MaxFrameSetting:
                    _maxFrame = value;
                    break;
            }
        }
    }
}
