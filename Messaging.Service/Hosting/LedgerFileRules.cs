using Microsoft.Extensions.Options;

namespace Messaging.Service.Hosting;

/// <summary>Whether the ledger may be kept where the settings say.</summary>
internal sealed class LedgerFileRules(IHostEnvironment environment) : IValidateOptions<LedgerFileOptions>
{
    /// <inheritdoc/>
    public ValidateOptionsResult Validate(string? name, LedgerFileOptions options)
    {
        if (options.Path.Length == 0
            && Environment.GetFolderPath(Environment.SpecialFolder.LocalApplicationData).Length == 0)
        {
            return ValidateOptionsResult.Fail(
                "Messaging:Ledger:Path must be set: this user has no folder for local application data.");
        }

        if (options.Path.Contains('\0', StringComparison.Ordinal))
            return ValidateOptionsResult.Fail("Messaging:Ledger:Path must be the path of a file.");
        if (Directory.Exists(options.FullPath))
            return ValidateOptionsResult.Fail("Messaging:Ledger:Path must be the path of a file, but names a folder.");

        var root = Path.TrimEndingDirectorySeparator(environment.ContentRootPath) + Path.DirectorySeparatorChar;
        return options.FullPath.StartsWith(root, StringComparison.Ordinal)
            ? ValidateOptionsResult.Fail("Messaging:Ledger:Path must be outside the program's own folder.")
            : ValidateOptionsResult.Success;
    }
}
