using Messaging.Service.Ledger.Sqlite;
using Microsoft.Extensions.Options;

namespace Messaging.Service.Hosting;

/// <summary>Where the ledger is kept if the settings do not say, and whether it may be where they say.</summary>
internal sealed class LedgerPlace(IHostEnvironment environment)
    : IPostConfigureOptions<LedgerOptions>, IValidateOptions<LedgerOptions>
{
    private const string Key = "Messaging:Ledger:Path";

    /// <inheritdoc/>
    public void PostConfigure(string? name, LedgerOptions options)
    {
        var path = options.Path.Length > 0 ? options.Path : DefaultPath();
        if (path.Length > 0 && !path.Contains('\0', StringComparison.Ordinal))
            typeof(LedgerOptions).GetProperty(nameof(LedgerOptions.Path))!.SetValue(options, Path.GetFullPath(path));
    }

    /// <inheritdoc/>
    public ValidateOptionsResult Validate(string? name, LedgerOptions options)
    {
        if (options.Path.Length == 0)
            return Fail("must be set: this user has no folder for local application data.");
        if (options.Path.Contains('\0', StringComparison.Ordinal))
            return Fail("must be the path of a file.");
        if (Directory.Exists(options.Path))
            return Fail("must be the path of a file, but is a folder.");

        var root = Path.TrimEndingDirectorySeparator(environment.ContentRootPath) + Path.DirectorySeparatorChar;
        return options.Path.StartsWith(root, StringComparison.Ordinal)
            ? Fail("must be outside the program's own folder.")
            : ValidateOptionsResult.Success;
    }

    private static string DefaultPath()
    {
        var folder = Environment.GetFolderPath(Environment.SpecialFolder.LocalApplicationData);
        return folder.Length > 0 ? Path.Combine(folder, "messaging", "ledger.db") : "";
    }

    private static ValidateOptionsResult Fail(string text) => ValidateOptionsResult.Fail($"{Key} {text}");
}
