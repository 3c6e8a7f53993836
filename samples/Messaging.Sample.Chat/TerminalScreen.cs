using System.Text;
using Messaging.Client;
using Spectre.Console;

namespace Messaging.Sample.Chat;

/// <summary>The whole terminal: it is drawn anew whenever something has changed.</summary>
internal sealed class TerminalScreen(IAnsiConsole console) : IScreen
{
    private readonly StringBuilder _typed = new();
    private readonly Lock _gate = new();
    private LiveDisplayContext? _display;
    private ChatState? _state;
    private string? _said;

    public async Task RunAsync(IPerson person, CancellationToken cancellationToken)
    {
        console.Clear();
        await console.Live(new Text("")).Overflow(VerticalOverflow.Crop).StartAsync(async display =>
        {
            lock (_gate)
                _display = display;
            Draw();
            while (await console.Input.ReadKeyAsync(intercept: true, cancellationToken) is { } key)
            {
                if (!await TakeAsync(key, person))
                    break;
                Draw();
            }
            lock (_gate)
                _display = null;
        });
    }

    public void Show(ChatState state)
    {
        lock (_gate)
            _state = state;
        Draw();
    }

    public void Say(string text)
    {
        lock (_gate)
            _said = text;
        Draw();
    }

    // Returns false where that ends the chat.
    private async Task<bool> TakeAsync(ConsoleKeyInfo key, IPerson person)
    {
        _said = null;
        await person.LookAsync();
        if (key.Key == ConsoleKey.Enter)
        {
            var line = _typed.ToString();
            _typed.Clear();
            return await person.EnterAsync(line);
        }
        if (key.Key == ConsoleKey.Backspace && _typed.Length > 0)
            _typed.Length--;
        else if (!char.IsControl(key.KeyChar))
            _typed.Append(key.KeyChar);
        if (_typed.Length > 0 && _typed[0] != '/')
            await person.TypeAsync();
        return true;
    }

    private void Draw()
    {
        lock (_gate)
        {
            if (_display is null || _state is null)
                return;
            _display.UpdateTarget(View(_state));
            _display.Refresh();
        }
    }

    private Rows View(ChatState state)
    {
        // A line for the header, the rule, the rule, what is typed; one below, where the cursor rests.
        var height = console.Profile.Height - 5;
        var said = _said?.Split('\n') ?? [];
        var messages = MessageTable.Last(state.Messages, height - said.Length, console);
        return new Rows(
        [
            Header(state),
            new Rule { Style = new Style(Color.Grey) },
            .. Enumerable.Repeat(new Text(""), Math.Max(0, height - said.Length - messages.Lines)),
            messages.Table,
            .. said.Select(line => new Text(line, new Style(Color.Yellow))),
            new Rule
            {
                Style = new Style(Color.Grey),
                Justification = Justify.Left,
                Title = state.Activity is { } activity
                    ? $"[yellow italic]{state.Peer.EscapeMarkup()} is {activity} …[/]"
                    : null,
            },
            new Markup($"[bold]>[/] {Tail(_typed.ToString(), console.Profile.Width - 4).EscapeMarkup()}[invert] [/]"),
        ]);
    }

    private static Grid Header(ChatState state)
    {
        var unread = new List<string>();
        if (state.Unread > 0)
            unread.Add($"[black on yellow] {state.Unread} unread [/]");
        unread.AddRange(state.Others.Select(o => $"[yellow]{o.User.EscapeMarkup()} {o.Unread}[/]"));
        var connection = state.Connection switch
        {
            ConnectionState.Connected => "[green]● connected[/]",
            ConnectionState.Waiting => "[red]○ no connection, trying again[/]",
            ConnectionState.Connecting => "[yellow]○ connecting[/]",
            _ => "[red]○ ended[/]",
        };
        return new Grid { Expand = true }
            .AddColumn(new GridColumn().NoWrap())
            .AddColumn(new GridColumn().NoWrap().RightAligned())
            .AddRow($"[bold]{state.User.EscapeMarkup()}[/] → [bold]{state.Peer.EscapeMarkup()}[/]  {string.Join("  ", unread)}", connection);
    }

    private static string Tail(string text, int length) => text.Length <= length ? text : text[^length..];
}
