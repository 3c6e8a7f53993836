using System.Runtime.CompilerServices;
using Messaging.Client.Outbox;
using Messaging.Client.Protection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace Messaging.Client;

/// <summary>
/// How a <see cref="MessagingClient"/> connects and how patient it is. Checked when the client starts.
/// </summary>
public sealed record MessagingClientOptions
{
    /// <summary>
    /// The server: <c>https://host:port</c>, or <c>http://</c> for a server in development mode. No default.
    /// </summary>
    public required Uri Address { get; init; }

    /// <summary>Who this is: 1–255 bytes of UTF-8 without control characters. No default.</summary>
    public required string User { get; init; }

    /// <summary>
    /// Which of the user's devices this is: as <see cref="User"/>. No default. Two clients with the same user and
    /// device replace each other.
    /// </summary>
    public required string Device { get; init; }

    /// <summary>
    /// How many entries the server may send ahead of their acknowledgement, from 1 up. Default: null, the server's
    /// limit, which is also the most there can be. The client keeps as many messages in memory.
    /// </summary>
    public int? Window { get; init; }

    /// <summary>
    /// Whether a device that the server sees for the first time begins at the head of the queue instead of with
    /// everything retained. Default: false.
    /// </summary>
    public bool StartAtHead { get; init; }

    /// <summary>
    /// How many messages, reads and reports may wait for the server's answer, 1–65,536; past that
    /// <see cref="MessagingClient.SendAsync(OutgoingMessage, CancellationToken)"/> waits. Default: 1,024. Too few slow
    /// down a fast sender, and hold up one that is offline for long; all of them are in memory.
    /// </summary>
    public int MaxUnacceptedMessages { get; init; } = 1024;

    /// <summary>
    /// The largest payload that is sent, 1 byte to 768 KiB; of an encrypted one, its characters in base64. Default: 256 KiB, the server's own limit by default. A
    /// frame above 1 MiB would cost the stream each time it is sent.
    /// </summary>
    public int MaxPayloadBytes { get; init; } = 256 * 1024;

    /// <summary>
    /// The first reconnect comes after a random wait of up to this long; it doubles. Default: 200 ms.
    /// </summary>
    public TimeSpan ReconnectBaseDelay { get; init; } = TimeSpan.FromMilliseconds(200);

    /// <summary>
    /// The longest wait before a reconnect. Default: 30 s. A stream that has lasted as long starts the waits anew.
    /// </summary>
    public TimeSpan ReconnectMaxDelay { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>
    /// A message whose offset has not advanced goes again after a random wait of up to this long; it doubles.
    /// Default: 100 ms.
    /// </summary>
    public TimeSpan RetryBaseDelay { get; init; } = TimeSpan.FromMilliseconds(100);

    /// <summary>
    /// The longest wait before a message goes again, under a minute: the server ends a stream whose messages do not
    /// come again for 60 s. Default: 10 s.
    /// </summary>
    public TimeSpan RetryMaxDelay { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>
    /// How long an acknowledgement may wait for others to join it, up to 10 s; it never waits where the last one was
    /// as long ago, or where half the window is handled. Default: 5 ms. Zero: it never waits, which costs a
    /// reader that takes a moment for each message a frame for each.
    /// </summary>
    public TimeSpan AcknowledgementDelay { get; init; } = TimeSpan.FromMilliseconds(5);

    /// <summary>How long a stream may take until the server names the first position. Default: 15 s.</summary>
    public TimeSpan OpenTimeout { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>How long disposing waits for the server's last answers. Default: 2 s.</summary>
    public TimeSpan CloseTimeout { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>
    /// Gives the access token, sent as <c>authorization: Bearer …</c> with each stream. Asked before a stream where the
    /// present token is near its end or refused, and before that end while a stream stands, which is then followed by
    /// one with the fresh token. One that throws, or takes longer than <see cref="OpenTimeout"/>, is asked again after a
    /// back-off. Called from any thread, one call at a time unless it ignores its cancellation. Over <c>http://</c>
    /// everybody on the way can read the token. Default: null, none is sent.
    /// </summary>
    public Func<AccessTokenRequest, CancellationToken, ValueTask<AccessToken>>? AccessTokenProvider { get; init; }

    /// <summary>
    /// How long before its end a token is renewed, from zero to a day; at most half the time for which it is good.
    /// Default: 1 min. Too short, and the server ends the stream first.
    /// </summary>
    public TimeSpan AccessTokenMargin { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>The clock of every wait and timestamp. Default: the system's.</summary>
    public TimeProvider TimeProvider { get; init; } = TimeProvider.System;

    /// <summary>Where the client logs; never a payload or a token. Default: nowhere.</summary>
    public ILoggerFactory LoggerFactory { get; init; } = NullLoggerFactory.Instance;

    /// <summary>
    /// What keeps the outbox, the position and the history: <see cref="MessagingStore.Open"/> for what must survive
    /// the process. Default: null, one in memory that ends with the client. One that is given here is the
    /// application's to dispose, after the client.
    /// </summary>
    public MessagingStore? Store { get; init; }

    /// <summary>
    /// What encrypts and signs what goes up, and opens what comes down, such as <see cref="AesGcmProtector"/>. Default:
    /// null, messages go as the application hands them over. All devices of both ends must have one of the same kind;
    /// what it adds counts towards <see cref="MaxPayloadBytes"/>.
    /// </summary>
    public IMessageProtector? Protector { get; init; }

    internal void Validate()
    {
        ArgumentNullException.ThrowIfNull(Address);
        ArgumentNullException.ThrowIfNull(TimeProvider);
        ArgumentNullException.ThrowIfNull(LoggerFactory);
        if (!Address.IsAbsoluteUri || Address.Scheme is not ("http" or "https"))
            throw new ArgumentException($"Address is {Address}; it must be an absolute http or https address.");
        WireText.RequireName(User, nameof(User));
        WireText.RequireName(Device, nameof(Device));
        if (Window is { } window)
            RequireBetween(window, 1, int.MaxValue, nameof(Window));
        RequireBetween(MaxUnacceptedMessages, 1, 65_536);
        RequireBetween(MaxPayloadBytes, 1, 768 * 1024);
        RequireDelays(ReconnectBaseDelay, ReconnectMaxDelay, TimeSpan.FromDays(1));
        RequireDelays(RetryBaseDelay, RetryMaxDelay, TimeSpan.FromSeconds(59));
        if (AcknowledgementDelay < TimeSpan.Zero || AcknowledgementDelay > TimeSpan.FromSeconds(10))
        {
            throw new ArgumentOutOfRangeException(nameof(AcknowledgementDelay), AcknowledgementDelay,
                "AcknowledgementDelay must be from zero to 10 s.");
        }
        if (AccessTokenMargin < TimeSpan.Zero || AccessTokenMargin > TimeSpan.FromDays(1))
        {
            throw new ArgumentOutOfRangeException(nameof(AccessTokenMargin), AccessTokenMargin,
                "AccessTokenMargin must be from zero to a day.");
        }
        RequirePositive(OpenTimeout);
        RequirePositive(CloseTimeout);
    }

    private static void RequireBetween(int value, int least, int most,
        [CallerArgumentExpression(nameof(value))] string name = "")
    {
        if (value < least || value > most)
            throw new ArgumentOutOfRangeException(name, value, $"{name} must be from {least} to {most}.");
    }

    private static void RequireDelays(TimeSpan first, TimeSpan longest, TimeSpan limit,
        [CallerArgumentExpression(nameof(first))] string firstName = "",
        [CallerArgumentExpression(nameof(longest))] string longestName = "")
    {
        RequirePositive(first, firstName);
        if (longest < first || longest > limit)
        {
            throw new ArgumentOutOfRangeException(longestName, longest,
                $"{longestName} must be from {firstName} ({first}) to {limit}.");
        }
    }

    private static void RequirePositive(TimeSpan value, [CallerArgumentExpression(nameof(value))] string name = "")
    {
        if (value <= TimeSpan.Zero || value > TimeSpan.FromDays(1))
            throw new ArgumentOutOfRangeException(name, value, $"{name} must be above zero and at most a day.");
    }
}
