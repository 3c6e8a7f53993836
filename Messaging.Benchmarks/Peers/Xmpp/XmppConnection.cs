using System.Buffers.Text;
using System.Globalization;
using System.Text;
using Messaging.Benchmarks.Sockets;

namespace Messaging.Benchmarks.Peers.Xmpp;

/// <summary>
/// An XMPP client with an account of its own and stream management (XEP-0198), whose <c>a</c> is the server's answer to
/// a message. It asks for one with each write, however many messages that holds.
/// </summary>
/// <param name="name">Its account.</param>
/// <param name="onAcknowledged">The server has one more of our messages, in order.</param>
/// <param name="onMessage">One has come; it is acknowledged when the server asks.</param>
internal sealed class XmppConnection(
    string name, Action<long> onAcknowledged, MessageHandler onMessage) : BrokerConnection
{
    public const string Host = "localhost";

    private const string Resource = "bench";
    private const string Password = "bench";

    private readonly XmppScanner _scanner = new();
    private byte[] _payload = [];
    private int _sent;
    private int _asked;
    private int _acknowledged;
    private int _received;
    private int _answers;
    private bool _isManaged;

    public override byte[] Address { get; } = Encoding.ASCII.GetBytes($"{name}@{Host}/{Resource}");

    public override async Task OpenAsync(Uri url, CancellationToken cancellationToken)
    {
        const string Opening = $"<?xml version='1.0'?><stream:stream to='{Host}' version='1.0' xmlns='jabber:client' "
            + "xmlns:stream='http://etherx.jabber.org/streams'>";
        var plain = Convert.ToBase64String(Encoding.ASCII.GetBytes($"\0{name}\0{Password}"));

        await Connection.ConnectAsync(url, cancellationToken);
        await AskAsync(Opening, cancellationToken);
        await AskAsync(
            $"<iq type='set' id='1'><query xmlns='jabber:iq:register'><username>{name}</username>"
            + $"<password>{Password}</password></query></iq>", cancellationToken);
        await AskAsync(
            $"<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='PLAIN'>{plain}</auth>", cancellationToken);
        await AskAsync(Opening, cancellationToken);
        await AskAsync(
            "<iq type='set' id='2'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'>"
            + $"<resource>{Resource}</resource></bind></iq>", cancellationToken);
        await AskAsync("<presence/>", cancellationToken);
        await AskAsync("<enable xmlns='urn:xmpp:sm:3' resume='true'/>", cancellationToken);
        if (!_isManaged)
            throw new CallEndedException("the server has no stream management");
    }

    public override void Publish(ReadOnlySpan<byte> address, ReadOnlySpan<byte> payload)
    {
        Output.Append("<message type='chat' to='"u8);
        Output.Append(address);
        Output.Append("'><body>"u8);
        Base64.EncodeToUtf8(payload, Output.Reserve(Base64.GetMaxEncodedToUtf8Length(payload.Length)), out _, out _);
        Output.Append("</body></message>"u8);
        _sent++;
    }

    public override int Receive(ReadOnlySpan<byte> input, long readAt)
    {
        var consumed = 0;
        while (_scanner.TryRead(input[consumed..], out var length, out var element))
        {
            consumed += length;
            if (!element.IsEmpty)
                Take(element, readAt);
        }

        return consumed;
    }

    protected override void BeforeWriting()
    {
        if (!_isManaged || _asked == _sent)
            return;
        _asked = _sent;
        Output.Append("<r xmlns='urn:xmpp:sm:3'/>"u8);
    }

    private async Task AskAsync(string text, CancellationToken cancellationToken)
    {
        var before = _answers;
        Output.Append(Encoding.ASCII.GetBytes(text));
        while (_answers == before)
            await Connection.ExchangeAsync(cancellationToken);
    }

    private void Take(ReadOnlySpan<byte> element, long readAt)
    {
        _answers++;
        if (element.StartsWith("<message "u8))
            TakeMessage(element, readAt);
        else if (element.StartsWith("<a "u8))
            TakeAnswer(element, readAt);
        else if (element.StartsWith("<r "u8))
            Output.Append(Encoding.ASCII.GetBytes($"<a xmlns='urn:xmpp:sm:3' h='{_received}'/>"));
        else if (element.StartsWith("<enabled "u8))
            _isManaged = true;
        else if (element.StartsWith("<iq "u8) || element.StartsWith("<presence "u8))
            _received += _isManaged ? 1 : 0;
        else if (!element.StartsWith("<stream:features"u8) && !element.StartsWith("<success "u8))
            throw new CallEndedException($"the server said {Encoding.UTF8.GetString(element)}");
    }

    private void TakeMessage(ReadOnlySpan<byte> element, long readAt)
    {
        _received++;
        var body = Between(element, "<body>"u8, "</body>"u8);
        if (body.IsEmpty)
            throw new CallEndedException($"the server said {Encoding.UTF8.GetString(element)}");
        if (_payload.Length < body.Length)
            _payload = new byte[body.Length];
        Base64.DecodeFromUtf8(body, _payload, out _, out var length);
        onMessage(_payload.AsSpan(0, length), readAt);
    }

    private void TakeAnswer(ReadOnlySpan<byte> element, long readAt)
    {
        var handled = int.Parse(Between(element, " h='"u8, "'"u8), CultureInfo.InvariantCulture);
        if (handled < _acknowledged || handled > _sent)
            throw new CallEndedException($"the server has handled {handled} of {_sent} messages");
        for (; _acknowledged < handled; _acknowledged++)
            onAcknowledged(readAt);
    }

    private static ReadOnlySpan<byte> Between(ReadOnlySpan<byte> text, ReadOnlySpan<byte> start, ReadOnlySpan<byte> end)
    {
        var from = text.IndexOf(start);
        if (from < 0)
            return [];
        var rest = text[(from + start.Length)..];
        var length = rest.IndexOf(end);
        return length < 0 ? [] : rest[..length];
    }
}
