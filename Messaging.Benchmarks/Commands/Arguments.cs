using System.Globalization;

namespace Messaging.Benchmarks.Commands;

/// <summary>
/// Operands, then `--name value` pairs and `--flag`s. Each is taken once; what nobody took is a mistake.
/// </summary>
internal sealed class Arguments
{
    private readonly Dictionary<string, string?> _values = [];
    private readonly Queue<string> _operands = new();

    public Arguments(ReadOnlySpan<string> words)
    {
        var first = 0;
        while (first < words.Length && !IsName(words[first]))
            _operands.Enqueue(words[first++]);

        for (var i = first; i < words.Length; i++)
        {
            var name = words[i];
            if (!IsName(name))
                throw new UsageException($"an option begins with --, unlike '{name}'");

            var hasValue = i + 1 < words.Length && !IsName(words[i + 1]);
            if (!_values.TryAdd(name, hasValue ? words[++i] : null))
                throw new UsageException($"{name} is given twice");
        }
    }

    /// <param name="what">For the person who left it out.</param>
    public string TakeOperand(string what) =>
        _operands.TryDequeue(out var operand) ? operand : throw new UsageException($"{what} is missing");

    public bool TakeFlag(string name)
    {
        if (!_values.Remove(name, out var value))
            return false;
        return value is null ? true : throw new UsageException($"{name} takes no value, such as '{value}'");
    }

    public string? TakeText(string name)
    {
        if (!_values.Remove(name, out var value))
            return null;
        return value ?? throw new UsageException($"{name} needs a value");
    }

    /// <summary>A directory that is there; the temporary one if none is given.</summary>
    public string TakeDirectory(string name)
    {
        var directory = TakeText(name) ?? Path.GetTempPath();
        return Directory.Exists(directory) ? directory : throw new UsageException($"there is no directory {directory}");
    }

    public int TakeNumber(string name, int otherwise, int min, int max) =>
        TakeOptionalNumber(name, min, max) ?? otherwise;

    public int? TakeOptionalNumber(string name, int min, int max)
    {
        if (TakeText(name) is not { } text)
            return null;
        if (!int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var value)
            || value < min
            || value > max)
            throw new UsageException($"{name} is a whole number from {min} to {max}, unlike '{text}'");
        return value;
    }

    public TimeSpan TakeSeconds(string name, int otherwise, int min) =>
        TimeSpan.FromSeconds(TakeNumber(name, otherwise, min, max: 86_400));

    /// <summary>An http:// address; there is no TLS in a load.</summary>
    public Uri TakeUrl(string name, string otherwise)
    {
        var text = TakeText(name) ?? otherwise;
        return Uri.TryCreate(text, UriKind.Absolute, out var url) && url.Scheme == Uri.UriSchemeHttp
            ? url
            : throw new UsageException($"{name} is an address such as {otherwise}, unlike '{text}'");
    }

    /// <summary>To be called when all that is known has been taken.</summary>
    public void RefuseOthers()
    {
        if (_operands.Count > 0)
            throw new UsageException($"an option begins with --, unlike '{_operands.Peek()}'");
        if (_values.Count > 0)
            throw new UsageException($"there is no option {string.Join(", ", _values.Keys)}");
    }

    private static bool IsName(string word) => word.StartsWith("--", StringComparison.Ordinal);
}
