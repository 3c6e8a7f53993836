using System.Globalization;
using System.Text.Json;
using Messaging.Service.Ledger.Sqlite.Verifying;
using Spectre.Console;

namespace Messaging.Service.Operations.Verbs;

/// <summary>
/// Where a verb says what came of it: a table for a person or JSON for a program on the output, and on the error output
/// why it failed and, where that is a terminal, how far it has come.
/// </summary>
internal sealed class VerbOutput(TextWriter output, TextWriter error)
{
    /// <summary>Of a file or a pipe, which has none: lines must not be broken for a program that reads them.</summary>
    private const int WidthOfFile = 240;

    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web)
    {
        WriteIndented = true,
        Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    private readonly IAnsiConsole _console = ConsoleOn(output, Console.IsOutputRedirected || output != Console.Out);

    public void WriteJson<T>(T value) => output.WriteLine(JsonSerializer.Serialize(value, Json));

    public void WriteLine(string text) => output.WriteLine(text);

    public void WriteError(string text) => error.WriteLine(text);

    /// <summary>A table without a head: names, and what they stand at.</summary>
    public void WriteFacts(params IEnumerable<(string Name, object? Value)> facts)
    {
        var table = new Table { Border = TableBorder.None, ShowHeaders = false };
        table.AddColumn(new TableColumn("").NoWrap()).AddColumn("");
        foreach (var (name, value) in facts)
            table.AddRow(new Text(name), new Text(TextOf(value)));
        _console.Write(table);
    }

    public void WriteTable(string[] columns, IEnumerable<object?[]> rows)
    {
        var table = new Table { Border = TableBorder.Simple };
        foreach (var column in columns)
            table.AddColumn(new TableColumn(new Text(column)));
        foreach (var row in rows)
            table.AddRow(row.Select(cell => new Text(TextOf(cell))));
        _console.Write(table);
    }

    /// <summary>Runs something long; where somebody watches, with a bar for each step.</summary>
    public T Watch<T>(bool isQuiet, Func<IProgress<VerificationStep>?, T> work)
    {
        if (isQuiet || Console.IsErrorRedirected || error != Console.Error)
            return work(null);
        var result = default(T);
        ConsoleOn(error, isFile: false).Progress().AutoClear(true).Start(bars => result = work(new Bars(bars)));
        return result!;
    }

    private static IAnsiConsole ConsoleOn(TextWriter writer, bool isFile)
    {
        var console = AnsiConsole.Create(new AnsiConsoleSettings
        {
            Out = new AnsiConsoleOutput(writer),
            Ansi = isFile ? AnsiSupport.No : AnsiSupport.Detect,
        });
        if (isFile)
            console.Profile.Width = WidthOfFile;
        return console;
    }

    private static string TextOf(object? value) => value switch
    {
        null => "–",
        long or int => string.Create(CultureInfo.InvariantCulture, $"{value:N0}"),
        DateTimeOffset time => time.ToString("yyyy-MM-dd HH:mm:ss'Z'", CultureInfo.InvariantCulture),
        _ => value.ToString() ?? "",
    };

    private sealed class Bars(ProgressContext context) : IProgress<VerificationStep>
    {
        private ProgressTask? _bar;

        public void Report(VerificationStep step)
        {
            if (_bar?.Description != step.What)
            {
                _bar?.StopTask();
                _bar = context.AddTask(step.What);
            }

            _bar.IsIndeterminate = step.Of == 0;
            _bar.MaxValue = Math.Max(1, step.Of);
            _bar.Value = step.Done;
        }
    }
}
