using System.Text;
using Grpc.Core;
using Messaging.Service.Ledger;
using Messaging.Service.Security;

namespace Messaging.Service.Account;

/// <summary>
/// Whether a call about an account is one, by itself (protocol §11): no look at the ledger. What is not ends with
/// <c>INVALID_ARGUMENT</c> and a text that says why. Safe for concurrent use.
/// </summary>
internal sealed class AccountRules(AccountLimits account, MessageLimits limits)
{
    private static readonly UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>Who is to be blocked, or no longer.</summary>
    public string OtherUser(string user, Party caller) =>
        Name(user, "user") == caller.User ? throw Bad("user is the caller") : user;

    public string Device(string device) => Name(device, "device");

    public string Label(string label) =>
        PlainText.IsLongerThan(label, account.LabelBytes) ? throw Bad($"label is longer than {account.LabelBytes} bytes")
        : PlainText.HasControls(label) ? throw Bad("label holds a control character")
        : label;

    /// <summary>As many as are asked for, as far as they may be; all that may, where nothing is asked.</summary>
    public int PageSize(int asked) => asked switch
    {
        < 0 => throw Bad("page_size is negative"),
        0 => account.PageSize,
        _ => Math.Min(asked, account.PageSize),
    };

    /// <summary>The name behind which a page begins.</summary>
    public string After(string token)
    {
        if (token.Length == 0)
            return "";
        try
        {
            // What decodes may still be no token: white space is passed over.
            if (!PlainText.IsLongerThan(token, 2 * limits.NameBytes)
                && Strict.GetString(Convert.FromBase64String(token)) is var name && Token(name) == token)
                return name;
        }
        catch (Exception garbled) when (garbled is FormatException or DecoderFallbackException)
        {
            // Said below.
        }

        throw Bad("page_token is none that the server gave");
    }

    /// <summary>The token with which the page behind a name is asked for.</summary>
    public static string Token(string last) => Convert.ToBase64String(Encoding.UTF8.GetBytes(last));

    private string Name(string name, string field) =>
        name.Length == 0 ? throw Bad($"{field} is missing")
        : PlainText.IsLongerThan(name, limits.NameBytes) ? throw Bad($"{field} is longer than {limits.NameBytes} bytes")
        : PlainText.HasControls(name) ? throw Bad($"{field} holds a control character")
        : name;

    private static RpcException Bad(string text) => new(new Status(StatusCode.InvalidArgument, text));
}
