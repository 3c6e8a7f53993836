using System.Buffers.Text;
using System.Text;
using Messaging.Benchmarks.Sockets;

namespace Messaging.Benchmarks.Peers.Nats;

/// <summary>A NATS client with a stream of its own name, and a durable consumer that pushes what is in it.</summary>
/// <param name="name">Of client, stream and subject.</param>
/// <param name="onStored">A stream has taken one more of our messages.</param>
/// <param name="onMessage">One has come; it is acknowledged already.</param>
internal sealed class NatsConnection(string name, Action<long> onStored, MessageHandler onMessage) : BrokerConnection
{
    private const byte InboxId = (byte)'1';

    private readonly byte[] _inbox = Encoding.ASCII.GetBytes($"_INBOX.{name}");
    private int _answered;
    private bool _isOpen;

    public override byte[] Address { get; } = Encoding.ASCII.GetBytes($"in.{name}");

    public override async Task OpenAsync(Uri url, CancellationToken cancellationToken)
    {
        await Connection.ConnectAsync(url, cancellationToken);
        Write("CONNECT {\"verbose\":false,\"pedantic\":false,\"headers\":false,\"lang\":\"c#\",\"version\":\"1\"}\r\n");
        Write($"SUB _INBOX.{name} 1\r\nSUB out.{name} 2\r\n");
        await AskAsync(
            $"STREAM.CREATE.{name}",
            $$"""{"name":"{{name}}","subjects":["in.{{name}}"],"storage":"file","retention":"limits","num_replicas":1}""",
            cancellationToken);
        await AskAsync(
            $"CONSUMER.DURABLE.CREATE.{name}.d",
            $$"""
            {"stream_name":"{{name}}","config":{"durable_name":"d","deliver_subject":"out.{{name}}",
            "ack_policy":"explicit","deliver_policy":"all","max_ack_pending":100000} }
            """,
            cancellationToken);
        _isOpen = true;
    }

    public override void Publish(ReadOnlySpan<byte> address, ReadOnlySpan<byte> payload) =>
        Publish(address, _inbox, payload);

    public override int Receive(ReadOnlySpan<byte> input, long readAt)
    {
        var consumed = 0;
        while (input[consumed..].IndexOf("\r\n"u8) is var line and >= 0)
        {
            var words = input.Slice(consumed, line);
            var length = line + 2;
            if (words.StartsWith("MSG "u8))
            {
                if (!Utf8Parser.TryParse(words[(words.LastIndexOf((byte)' ') + 1)..], out int size, out _))
                    throw new CallEndedException($"NATS answered {Encoding.UTF8.GetString(words)}");
                if (input.Length - consumed < length + size + 2)
                    return consumed;
                TakeMessage(words[4..], input.Slice(consumed + length, size), readAt);
                length += size + 2;
            }
            else
            {
                TakeOther(words);
            }

            consumed += length;
        }

        return consumed;
    }

    // SUBJECT ID [REPLY] SIZE
    private void TakeMessage(ReadOnlySpan<byte> words, ReadOnlySpan<byte> payload, long readAt)
    {
        words = words[(words.IndexOf((byte)' ') + 1)..];
        if (words[0] == InboxId)
        {
            if (payload.IndexOf("\"error\""u8) >= 0)
                throw new CallEndedException($"JetStream answered {Encoding.UTF8.GetString(payload)}");
            if (_isOpen)
                onStored(readAt);
            _answered++;
            return;
        }

        words = words[(words.IndexOf((byte)' ') + 1)..];
        Publish(words[..words.IndexOf((byte)' ')], [], "+ACK"u8);
        onMessage(payload, readAt);
    }

    private void TakeOther(ReadOnlySpan<byte> words)
    {
        if (words.StartsWith("PING"u8))
            Write("PONG\r\n");
        else if (words.StartsWith("-ERR"u8))
            throw new CallEndedException($"NATS answered {Encoding.UTF8.GetString(words)}");
    }

    private async Task AskAsync(string what, string json, CancellationToken cancellationToken)
    {
        var answered = _answered;
        Publish(Encoding.ASCII.GetBytes($"$JS.API.{what}"), _inbox, Encoding.ASCII.GetBytes(json));
        while (_answered == answered)
            await Connection.ExchangeAsync(cancellationToken);
    }

    private void Publish(ReadOnlySpan<byte> subject, ReadOnlySpan<byte> reply, ReadOnlySpan<byte> payload)
    {
        Output.Append("PUB "u8);
        Output.Append(subject);
        Output.Append(" "u8);
        Output.Append(reply);
        Span<byte> size = stackalloc byte[12];
        size[0] = (byte)' ';
        Utf8Formatter.TryFormat(payload.Length, size[1..], out var digits);
        Output.Append(size[..(digits + 1)]);
        Output.Append("\r\n"u8);
        Output.Append(payload);
        Output.Append("\r\n"u8);
    }

    private void Write(string text) => Encoding.ASCII.GetBytes(text, Output.Reserve(text.Length));
}
