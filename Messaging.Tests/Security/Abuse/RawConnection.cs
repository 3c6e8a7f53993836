using System.Buffers.Binary;
using System.Net.Sockets;
using System.Text;
using Messaging.Tests.Support;
using Messaging.V1;

namespace Messaging.Tests.Security.Abuse;

/// <summary>
/// A connection whose peer says what it likes: bytes go up as they are given, and what comes down is only noted. It
/// answers nothing by itself, gives no window back, and reads only when asked to.
/// </summary>
internal sealed class RawConnection : IDisposable
{
    private const int MostRead = 64 << 20;

    private readonly Socket socket;
    private readonly List<byte> input = [];
    private readonly List<byte> data = [];
    private int consumed;

    private RawConnection(Socket socket) => this.socket = socket;

    /// <summary>The server has closed it, or it broke.</summary>
    public bool IsClosed { get; private set; }

    /// <summary>The error code of a GOAWAY; null where none came.</summary>
    public uint? GoAway { get; private set; }

    /// <summary>The error codes of streams that were reset.</summary>
    public Dictionary<int, uint> Resets { get; } = [];

    /// <summary><c>grpc-status</c> of the streams that ended with one, and what headers said of others.</summary>
    public Dictionary<int, string> Statuses { get; } = [];

    /// <summary>The texts that went with those.</summary>
    public Dictionary<int, string> Texts { get; } = [];

    /// <summary>All names of headers that came down.</summary>
    public HashSet<string> Names { get; } = [];

    /// <summary>How many frames of each kind have come.</summary>
    public Dictionary<byte, int> Counts { get; } = [];

    /// <summary>What came down as DATA, on whatever stream.</summary>
    public IReadOnlyList<byte> Data => data;

    /// <summary>What came down that is no HTTP/2.</summary>
    public string Text => Encoding.Latin1.GetString([.. input]);

    /// <param name="address">The server's.</param>
    /// <param name="receiveBuffer">Bytes that the system takes for a peer that does not read; 0 for as many as usual.</param>
    public static async Task<RawConnection> OpenAsync(string address, int receiveBuffer = 0)
    {
        var uri = new Uri(address);
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        if (receiveBuffer > 0)
            socket.ReceiveBufferSize = receiveBuffer;
        await socket.ConnectAsync(uri.Host, uri.Port).InTime("the connection is there");
        return new RawConnection(socket);
    }

    /// <summary>Connects and says which window it gives each stream.</summary>
    public static async Task<RawConnection> BeginAsync(string address, int window = 65_535, int receiveBuffer = 0)
    {
        var connection = await OpenAsync(address, receiveBuffer);

        // No dynamic table: what the server sends is literal then.
        await connection.TrySendAsync(Http2Bytes.Preface);
        await connection.TrySendAsync(Http2Bytes.SettingsOf((1, 0), (2, 0), (Http2Bytes.InitialWindow, window)));
        return connection;
    }

    /// <summary>Sends all of it; false where the server does not take it any more, or not in this time.</summary>
    public async Task<bool> TrySendAsync(ReadOnlyMemory<byte> bytes, TimeSpan? patience = null)
    {
        using var deadline = new CancellationTokenSource(patience ?? Wait.Deadline, TimeProvider.System);
        try
        {
            while (!bytes.IsEmpty)
                bytes = bytes[await socket.SendAsync(bytes, deadline.Token)..];
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
        catch (OperationCanceledException)
        {
            return false;
        }
    }

    public Task<bool> OpenSyncAsync(string user, string device, int stream = 1, params (string Name, string Value)[] others) =>
        TrySendAsync(Http2Bytes.Frame(
            Http2Bytes.Headers, Http2Bytes.EndHeaders, stream, Http2Bytes.SyncHeaders(user, device, others)));

    /// <summary>Sends gRPC bytes in DATA frames as large as may be, whatever the window says.</summary>
    public async Task<bool> TrySendDataAsync(byte[] bytes, int stream = 1, bool isLast = false)
    {
        foreach (var chunk in bytes.Chunk(16_384))
        {
            if (!await TrySendAsync(Http2Bytes.Frame(Http2Bytes.Data, 0, stream, chunk)))
                return false;
        }

        return !isLast || await TrySendAsync(Http2Bytes.Frame(Http2Bytes.Data, Http2Bytes.EndStream, stream, []));
    }

    /// <summary>Reads until this is true, or the server has closed.</summary>
    public async Task<bool> ReadUntilAsync(string reason, Func<bool> isTrue, TimeSpan? patience = null)
    {
        using var deadline = new CancellationTokenSource(patience ?? Wait.Deadline, TimeProvider.System);
        var buffer = new byte[64 * 1024];
        while (!isTrue() && !IsClosed)
        {
            int count;
            try
            {
                count = await socket.ReceiveAsync(buffer, deadline.Token);
            }
            catch (SocketException)
            {
                count = 0;
            }
            catch (OperationCanceledException)
            {
                throw new TimeoutException($"Never happened: {reason}.");
            }

            IsClosed = count == 0;
            if (input.Count + data.Count > MostRead)
                throw new InvalidOperationException("The server sends without end.");
            input.AddRange(buffer.AsSpan(0, count));
            Take();
        }

        return isTrue();
    }

    public Task ReadToEndAsync(string reason, TimeSpan? patience = null) => ReadUntilAsync(reason, () => false, patience);

    /// <summary>Takes one byte from the system and throws it away.</summary>
    public async Task ReadByteAsync()
    {
        try
        {
            await socket.ReceiveAsync(new byte[1]).InTime("a byte comes");
        }
        catch (SocketException)
        {
            IsClosed = true;
        }
    }

    /// <summary>Reads until the stream has begun, with its headers and the first position.</summary>
    public Task<bool> ReadBeginningAsync() => ReadUntilAsync("the stream begins", () => data.Count > 5);

    /// <summary>The gRPC messages that have come down on the one stream, as far as they are whole.</summary>
    public List<Frame> Frames()
    {
        var frames = new List<Frame>();
        var bytes = data.ToArray().AsSpan();
        while (bytes.Length >= 5 && BinaryPrimitives.ReadInt32BigEndian(bytes[1..]) is var length && bytes.Length >= 5 + length)
        {
            frames.Add(Frame.Parser.ParseFrom(bytes.Slice(5, length)));
            bytes = bytes[(5 + length)..];
        }

        return frames;
    }

    /// <summary>Nothing more will come up; what comes down is still read.</summary>
    public void HalfCloseSocket() => socket.Shutdown(SocketShutdown.Send);

    public void Dispose() => socket.Dispose();

    private void Take()
    {
        var bytes = input.ToArray().AsSpan();
        consumed = 0;
        while (bytes.Length - consumed >= 9)
        {
            var header = bytes[consumed..];
            var length = (header[0] << 16) | (header[1] << 8) | header[2];
            if (length > 16_384 || header.Length < 9 + length)
                break;
            Take(header[3], header[4], BinaryPrimitives.ReadInt32BigEndian(header[5..]), header.Slice(9, length));
            consumed += 9 + length;
        }

        input.RemoveRange(0, consumed);
    }

    private void Take(byte type, byte flags, int stream, ReadOnlySpan<byte> payload)
    {
        Counts[type] = Counts.GetValueOrDefault(type) + 1;
        switch (type)
        {
            case Http2Bytes.Data:
                data.AddRange(payload);
                break;
            case Http2Bytes.Headers:
                TakeHeaders(stream, payload);
                break;
            case Http2Bytes.ResetStream:
                Resets[stream] = BinaryPrimitives.ReadUInt32BigEndian(payload);
                break;
            case Http2Bytes.GoAway:
                GoAway = BinaryPrimitives.ReadUInt32BigEndian(payload[4..]);
                break;
        }
    }

    private void TakeHeaders(int stream, ReadOnlySpan<byte> block)
    {
        while (!block.IsEmpty)
        {
            if (block[0] >= 0x80)
            {
                var index = block[0] & 0x7f;
                if (index is > 8 and <= 14)
                    Statuses[stream] = $"http {index}";
                block = block[1..];
                continue;
            }

            if (block[0] is >= 0x20 and < 0x40)
            {
                block = block[1..];
                continue;
            }

            var isNamed = (block[0] & 0x0f) == 0;
            var index2 = Integer(ref block, 4);
            var name = isNamed ? Literal(ref block) : index2 == 8 ? ":status" : $"static-{index2}";
            var value = Literal(ref block);
            Names.Add(name);
            if (name == "grpc-status")
                Statuses[stream] = value;
            else if (name == "grpc-message")
                Texts[stream] = value;
            else if (name == ":status" && value != "200")
                Statuses[stream] = $"http {value}";
        }
    }

    private static string Literal(ref ReadOnlySpan<byte> block)
    {
        var length = Integer(ref block, 7);
        var text = Encoding.Latin1.GetString(block[..length]);
        block = block[length..];
        return text;
    }

    private static int Integer(ref ReadOnlySpan<byte> block, int prefix)
    {
        var mask = (1 << prefix) - 1;
        var value = block[0] & mask;
        block = block[1..];
        if (value < mask)
            return value;
        for (var shift = 0; ; shift += 7)
        {
            var next = block[0];
            block = block[1..];
            value += (next & 0x7f) << shift;
            if (next < 0x80)
                return value;
        }
    }
}
