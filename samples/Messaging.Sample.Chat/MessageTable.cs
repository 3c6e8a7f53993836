using Messaging.Client;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace Messaging.Sample.Chat;

/// <summary>The last messages of a conversation as a table: when, who, what, and the tick.</summary>
internal static class MessageTable
{
    private const int TimeWidth = 5;
    private const int NameWidth = 10;
    private const int TickWidth = 2;

    // Each column but the last is padded by one.
    private const int OtherColumns = TimeWidth + NameWidth + TickWidth + 3;

    /// <summary>As many of the last messages as the height holds, and how many lines they take.</summary>
    public static (Table Table, int Lines) Last(IReadOnlyList<StoredMessage> messages, int height, IAnsiConsole console)
    {
        var textWidth = Math.Max(10, console.Profile.Width - OtherColumns);
        var table = new Table { Border = TableBorder.None, ShowHeaders = false }
            .AddColumn(Column(TimeWidth, 1)).AddColumn(Column(NameWidth, 1))
            .AddColumn(Column(textWidth, 1)).AddColumn(Column(TickWidth, 0));
        var lines = 0;
        var first = messages.Count;
        while (first > 0 && LinesOf(messages[first - 1], textWidth, console) is var more && lines + more <= height)
            (first, lines) = (first - 1, lines + more);
        foreach (var message in messages.Skip(first))
        {
            table.AddRow(
                $"[grey]{message.Timestamp.ToLocalTime():HH:mm}[/]",
                $"[{(message.IsOwn ? "aqua" : "fuchsia")}]{Cut(message.From.User).EscapeMarkup()}[/]",
                Text(message),
                message.IsOwn ? Tick(message.State) : "");
        }
        return (table, lines);
    }

    private static TableColumn Column(int width, int right) => new("") { Width = width, Padding = new Padding(0, 0, right, 0) };

    private static string Text(StoredMessage message)
    {
        var text = MessageText.Of(message).EscapeMarkup();
        return message switch
        {
            { State: MessageState.Refused } => $"{text}\n[red]{MessageText.StateOf(message).EscapeMarkup()}[/]",
            { Error: { } error } => $"{text}\n[red]{message.Peer.EscapeMarkup()} cannot use it: {error.EscapeMarkup()}[/]",
            { Unusable: not null } => $"[red]{text}[/]",
            { State: MessageState.Received, IsOwn: false } => $"[bold]{text}[/]",
            _ => text,
        };
    }

    private static string Tick(MessageState state) => state switch
    {
        MessageState.Pending => "[grey]·[/]",
        MessageState.Sent => "[grey]✓[/]",
        MessageState.Received => "[grey]✓✓[/]",
        MessageState.Read => "[deepskyblue1 bold]✓✓[/]",
        _ => "[red]✗[/]",
    };

    // Words go to the next line as a whole: only drawing it tells.
    private static int LinesOf(StoredMessage message, int width, IAnsiConsole console)
    {
        IRenderable text = new Markup(Text(message));
        return Segment.SplitLines(text.Render(RenderOptions.Create(console), width), width).Count;
    }

    private static string Cut(string name) => name.Length <= NameWidth ? name : name[..(NameWidth - 1)] + "…";
}
