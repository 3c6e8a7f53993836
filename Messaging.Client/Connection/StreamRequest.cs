using System.Globalization;
using Messaging.Client.Storage;

namespace Messaging.Client.Connection;

/// <summary>What a call says before its first frame (protocol §2).</summary>
internal sealed record StreamRequest(
    string User, string Device, int? Window, bool StartAtHead, StoredPosition? Position)
{
    /// <summary>Null where the application provides none.</summary>
    public AccessToken? AccessToken { get; init; }

    public IEnumerable<KeyValuePair<string, string>> Headers()
    {
        if (AccessToken is { } token)
            yield return new("authorization", $"Bearer {token.Value}");
        yield return new("messaging-user", HeaderText.Encode(User));
        yield return new("messaging-device", HeaderText.Encode(Device));
        if (Window is { } window)
            yield return new("messaging-window", window.ToString(CultureInfo.InvariantCulture));
        if (StartAtHead)
            yield return new("messaging-start", "head");
        if (Position is var (epoch, offset))
            yield return new("messaging-position", $"{epoch}/{offset}");
    }
}
