using System.Formats.Asn1;
using System.Security.Cryptography.X509Certificates;

namespace Messaging.Service.Security;

/// <summary>
/// What a client's certificate says, whatever the time is: from when to when it and those above it hold, and the user it
/// names; or why it is none of ours.
/// </summary>
/// <remarks>
/// The name is a URI among its alternative names: <c>messaging:&lt;user&gt;</c>, <c>messaging:&lt;user&gt;/&lt;device&gt;</c>,
/// either with <c>?scope=send-as</c>; the parts are percent-encoded. Neither its common name nor an e-mail address
/// counts: a certificate that the same root made for something else must not become a user by accident.
/// </remarks>
internal sealed record CertificateVerdict(
    string User, string? Device, bool MaySendAs, DateTimeOffset From, DateTimeOffset Until, string? Problem = null)
{
    private const string AlternativeNames = "2.5.29.17";
    private const string Scheme = "messaging:";
    private const string SendAsQuery = $"scope={TokenClaims.SendAs}";

    private static readonly Asn1Tag UriTag = new(TagClass.ContextSpecific, 6);

    public static CertificateVerdict Refuse(string problem) => new("", null, false, default, default, problem);

    public static CertificateVerdict Of(X509Certificate2 certificate, DateTimeOffset from, DateTimeOffset until)
    {
        List<string> uris;
        try
        {
            uris = [.. certificate.Extensions.Where(one => one.Oid?.Value == AlternativeNames)
                .SelectMany(one => ReadUris(one.RawData))
                .Where(uri => uri.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase))];
        }
        catch (AsnContentException)
        {
            return Refuse("the client certificate's alternative names cannot be read");
        }

        return uris.Count switch
        {
            0 => Refuse("the client certificate names no user: it has no alternative name messaging:<user>"),
            1 => Parse(uris[0][Scheme.Length..], from, until)
                ?? Refuse("the client certificate's name is not messaging:<user>, with a device perhaps"),
            _ => Refuse("the client certificate names more than one user"),
        };
    }

    private static CertificateVerdict? Parse(string name, DateTimeOffset from, DateTimeOffset until)
    {
        var query = name.IndexOf('?', StringComparison.Ordinal);
        var maySendAs = query >= 0;
        if (maySendAs && name[(query + 1)..] != SendAsQuery)
            return null;

        var parts = (maySendAs ? name[..query] : name).Split('/');
        string? device = null;
        return parts.Length <= 2
            && PercentText.TryDecode(parts[0], out var user) && user.Length > 0
            && (parts.Length == 1 || (PercentText.TryDecode(parts[1], out device) && device.Length > 0))
                ? new CertificateVerdict(user, device, maySendAs, from, until)
                : null;
    }

    private static List<string> ReadUris(byte[] extension)
    {
        var uris = new List<string>();
        var names = new AsnReader(extension, AsnEncodingRules.DER).ReadSequence();
        while (names.HasData)
        {
            if (names.PeekTag().HasSameClassAndValue(UriTag))
                uris.Add(names.ReadCharacterString(UniversalTagNumber.IA5String, UriTag));
            else
                names.ReadEncodedValue();
        }

        return uris;
    }
}
