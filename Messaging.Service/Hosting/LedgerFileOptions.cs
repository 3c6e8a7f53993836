namespace Messaging.Service.Hosting;

/// <summary>Where the ledger is kept, <c>Messaging:Ledger</c>.</summary>
public sealed record LedgerFileOptions
{
    /// <summary>
    /// The database file; its folder is made if it is not there. Default: <c>messaging/ledger.db</c> in the user's local
    /// application data. Not under the program's folder: every write would wake whoever watches that.
    /// </summary>
    public string Path { get; init; } = "";

    /// <summary>The path in full, with the default where none is given.</summary>
    public string FullPath => Path.Length > 0
        ? System.IO.Path.GetFullPath(Path)
        : System.IO.Path.Combine(
            Environment.GetFolderPath(Environment.SpecialFolder.LocalApplicationData), "messaging", "ledger.db");
}
