namespace Messaging.Service.Operations.Verbs;

/// <summary>
/// A command line, told apart: the settings that the service's own command line has, and what is left, which is a verb
/// with its arguments and options.
/// </summary>
/// <param name="Settings">Such as <c>--Messaging:Ledger:Path x</c>.</param>
/// <param name="Words">Such as <c>ledger verify --json</c>.</param>
internal sealed record CommandLineWords(string[] Settings, string[] Words)
{
    /// <summary>Settings whose names have no colon.</summary>
    private static readonly string[] HostSettings = ["--environment", "--urls", "--contentRoot", "--applicationName"];

    private static readonly string[] Help = ["--help", "-h", "-?", "--version"];

    public static CommandLineWords Of(string[] args)
    {
        var (settings, words) = (new List<string>(), new List<string>());
        for (var i = 0; i < args.Length; i++)
        {
            var name = args[i].Split('=', 2)[0];
            var isSetting = name.Contains(':', StringComparison.Ordinal) && (name.StartsWith("--", StringComparison.Ordinal) || name != args[i]);
            if (!isSetting && !HostSettings.Contains(name, StringComparer.OrdinalIgnoreCase))
            {
                words.Add(args[i]);
                continue;
            }

            settings.Add(args[i]);
            if (name == args[i] && i + 1 < args.Length)
                settings.Add(args[++i]);
        }

        return new CommandLineWords([.. settings], [.. words]);
    }

    /// <summary>
    /// Whether a verb is meant, rather than the service itself: there is a word that belongs to no option. (An option that
    /// is unknown may be a setting of the web server's, with its value behind it.)
    /// </summary>
    public bool HasVerb()
    {
        for (var i = 0; i < Words.Length; i++)
        {
            if (Help.Contains(Words[i]) || !Words[i].StartsWith('-'))
                return true;
            if (!Words[i].Contains('=', StringComparison.Ordinal))
                i++;
        }

        return false;
    }
}
