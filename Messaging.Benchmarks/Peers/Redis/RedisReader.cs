using System.Globalization;
using System.Text;

namespace Messaging.Benchmarks.Peers.Redis;

/// <summary>Waits for the entries of one stream, again and again.</summary>
/// <param name="stream">Its name.</param>
/// <param name="onEntry">The entry's id, and its number.</param>
internal sealed class RedisReader(string stream, Action<string, long, long> onEntry) : PeerConnection
{
    public const string Group = "g";

    private bool _isOpen;

    public async Task OpenAsync(Uri url, CancellationToken cancellationToken)
    {
        await Connection.ConnectAsync(url, cancellationToken);
        RedisProtocol.WriteCommand(Output, "XGROUP", "CREATE", stream, Group, "$", "MKSTREAM");
        while (!_isOpen)
            await Connection.ExchangeAsync(cancellationToken);
    }

    public override int Receive(ReadOnlySpan<byte> input, long readAt)
    {
        var consumed = 0;
        while (RedisProtocol.TryMeasure(input[consumed..], out var length))
        {
            var reply = input.Slice(consumed, length);
            RedisProtocol.RequireNoError(reply);
            if (_isOpen)
                TakeEntries(reply, readAt);
            _isOpen = true;
            consumed += length;
            RedisProtocol.WriteCommand(
                Output, "XREADGROUP", "GROUP", Group, "c", "COUNT", "1024", "BLOCK", "0", "STREAMS", stream, ">");
        }

        return consumed;
    }

    // [[stream, [[id, [n, NUMBER, p, PAYLOAD]], …]]]
    private void TakeEntries(ReadOnlySpan<byte> reply, long readAt)
    {
        RedisProtocol.ReadCount(ref reply);
        RedisProtocol.ReadCount(ref reply);
        RedisProtocol.ReadText(ref reply);
        for (var entries = RedisProtocol.ReadCount(ref reply); entries > 0; entries--)
        {
            RedisProtocol.ReadCount(ref reply);
            var id = Encoding.ASCII.GetString(RedisProtocol.ReadText(ref reply));
            RedisProtocol.ReadCount(ref reply);
            RedisProtocol.ReadText(ref reply);
            var number = long.Parse(RedisProtocol.ReadText(ref reply), CultureInfo.InvariantCulture);
            RedisProtocol.ReadText(ref reply);
            RedisProtocol.ReadText(ref reply);
            onEntry(id, number, readAt);
        }
    }
}
