namespace Messaging.Client.Hosting;

/// <summary>
/// What a client takes from configuration, under the names of <see cref="MessagingClientOptions"/>. What is left out has
/// the default that is written there.
/// </summary>
public sealed class MessagingClientSettings
{
    /// <inheritdoc cref="MessagingClientOptions.Address"/>
    public Uri? Address { get; set; }

    /// <inheritdoc cref="MessagingClientOptions.User"/>
    public string? User { get; set; }

    /// <inheritdoc cref="MessagingClientOptions.Device"/>
    public string? Device { get; set; }

    /// <summary>
    /// The file of the client's store, which is opened and closed with it. Default: none, a store in memory that ends
    /// with the client. Not used where code has set <see cref="MessagingClientOptions.Store"/>.
    /// </summary>
    public string? StorePath { get; set; }

    /// <inheritdoc cref="MessagingClientOptions.Window"/>
    public int? Window { get; set; }

    /// <inheritdoc cref="MessagingClientOptions.StartAtHead"/>
    public bool? StartAtHead { get; set; }

    /// <inheritdoc cref="MessagingClientOptions.MaxUnacceptedMessages"/>
    public int? MaxUnacceptedMessages { get; set; }

    /// <inheritdoc cref="MessagingClientOptions.MaxPayloadBytes"/>
    public int? MaxPayloadBytes { get; set; }

    /// <inheritdoc cref="MessagingClientOptions.ReconnectBaseDelay"/>
    public TimeSpan? ReconnectBaseDelay { get; set; }

    /// <inheritdoc cref="MessagingClientOptions.ReconnectMaxDelay"/>
    public TimeSpan? ReconnectMaxDelay { get; set; }

    /// <inheritdoc cref="MessagingClientOptions.RetryBaseDelay"/>
    public TimeSpan? RetryBaseDelay { get; set; }

    /// <inheritdoc cref="MessagingClientOptions.RetryMaxDelay"/>
    public TimeSpan? RetryMaxDelay { get; set; }

    /// <inheritdoc cref="MessagingClientOptions.AcknowledgementDelay"/>
    public TimeSpan? AcknowledgementDelay { get; set; }

    /// <inheritdoc cref="MessagingClientOptions.AccessTokenMargin"/>
    public TimeSpan? AccessTokenMargin { get; set; }

    /// <inheritdoc cref="MessagingClientOptions.OpenTimeout"/>
    public TimeSpan? OpenTimeout { get; set; }

    /// <inheritdoc cref="MessagingClientOptions.CloseTimeout"/>
    public TimeSpan? CloseTimeout { get; set; }

    /// <summary>The options, without a store: that one is opened by whoever closes it.</summary>
    /// <param name="section">Where the settings stand, for the message.</param>
    /// <exception cref="InvalidOperationException">Something is missing; the text names it.</exception>
    internal MessagingClientOptions ToOptions(string section)
    {
        var options = new MessagingClientOptions
        {
            Address = Address ?? throw Missing(nameof(Address), "such as https://chat.example.org"),
            User = User ?? throw Missing(nameof(User), "who the client is"),
            Device = Device ?? throw Missing(nameof(Device), "which of the user's devices it is"),
            Window = Window,
        };
        return options with
        {
            StartAtHead = StartAtHead ?? options.StartAtHead,
            MaxUnacceptedMessages = MaxUnacceptedMessages ?? options.MaxUnacceptedMessages,
            MaxPayloadBytes = MaxPayloadBytes ?? options.MaxPayloadBytes,
            ReconnectBaseDelay = ReconnectBaseDelay ?? options.ReconnectBaseDelay,
            ReconnectMaxDelay = ReconnectMaxDelay ?? options.ReconnectMaxDelay,
            RetryBaseDelay = RetryBaseDelay ?? options.RetryBaseDelay,
            RetryMaxDelay = RetryMaxDelay ?? options.RetryMaxDelay,
            AcknowledgementDelay = AcknowledgementDelay ?? options.AcknowledgementDelay,
            AccessTokenMargin = AccessTokenMargin ?? options.AccessTokenMargin,
            OpenTimeout = OpenTimeout ?? options.OpenTimeout,
            CloseTimeout = CloseTimeout ?? options.CloseTimeout,
        };

        InvalidOperationException Missing(string name, string what) =>
            new($"Set {section}:{name}, {what}: the messaging client does not start without it.");
    }
}
