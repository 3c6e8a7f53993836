using Messaging.Tests.Support;

namespace Messaging.Tests.Security.Fuzzing;

/// <summary>The frames that mutants are made of: files of hexadecimal digits, with a line that says what each is.</summary>
internal static class Corpus
{
    public static IReadOnlyList<byte[]> Read() =>
    [
        .. Directory.GetFiles(Path.Combine(SourceFolder.Path, "Messaging.Tests", "Security", "Fuzzing", "Corpus"), "*.hex")
            .Order(StringComparer.Ordinal)
            .Select(file => Convert.FromHexString(string.Concat(File.ReadLines(file).Where(line => !line.StartsWith('#'))))),
    ];
}
