using System.Text.Json;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;

namespace Messaging.Service.Security;

/// <summary>What a token whose signature, issuer, audience and times are good says of its bearer (protocol §2).</summary>
/// <param name="User">Its claim <c>sub</c>.</param>
/// <param name="Device">Its claim <c>device</c>, where it is bound to one.</param>
/// <param name="MaySendAs">Whether <c>send-as</c> is among its scopes.</param>
/// <param name="Expires">Its claim <c>exp</c>.</param>
internal sealed record TokenClaims(string User, string? Device, bool MaySendAs, DateTimeOffset Expires)
{
    public const string SendAs = "send-as";

    // A claim that is there twice means one thing to one reader and another to the next.
    private static readonly JsonDocumentOptions Strict = new() { AllowDuplicateProperties = false, MaxDepth = 32 };

    /// <summary>
    /// Reads the token's own text: the library's claims have lost what kind of JSON they were. Null, with the reason,
    /// where they are not what they have to be.
    /// </summary>
    public static TokenClaims? Read(JsonWebToken token, CallerNames names, out string? problem)
    {
        try
        {
            // An extension that the token says must be understood, and is not (RFC 7515 §4.1.11).
            using var header = JsonDocument.Parse(Base64UrlEncoder.DecodeBytes(token.EncodedHeader), Strict);
            using var payload = JsonDocument.Parse(Base64UrlEncoder.DecodeBytes(token.EncodedPayload), Strict);
            var user = Text(payload, "sub");
            var device = Text(payload, "device");
            problem = header.RootElement.TryGetProperty("crit", out _) ? "the access token has a crit"
                : user is null ? "the access token has no sub: which user is it?"
                : names.ProblemWith(user, "the access token's sub")
                    ?? (device is null && payload.RootElement.TryGetProperty("device", out _)
                        ? "the access token's device is no text"
                        : null);
            return problem is null
                ? new TokenClaims(
                    user!, device, HasScope(payload, SendAs), new DateTimeOffset(token.ValidTo, TimeSpan.Zero))
                : null;
        }
        catch (JsonException)
        {
            problem = "the access token is not valid";
            return null;
        }
    }

    private static string? Text(JsonDocument payload, string claim) =>
        payload.RootElement.TryGetProperty(claim, out var value) && value.ValueKind == JsonValueKind.String
            ? value.GetString()
            : null;

    // RFC 8693 §4.2 has them in one text, separated by spaces; some issuers write a list.
    private static bool HasScope(JsonDocument payload, string scope) =>
        payload.RootElement.TryGetProperty("scope", out var value) && value.ValueKind switch
        {
            JsonValueKind.String => value.GetString()!.Split(' ').Contains(scope, StringComparer.Ordinal),
            JsonValueKind.Array => value.EnumerateArray().Any(
                one => one.ValueKind == JsonValueKind.String && one.ValueEquals(scope)),
            _ => false,
        };
}
