using Messaging.Client;

namespace Messaging.Sample.Chat;

/// <summary>
/// For a pipe, or a terminal that can do nothing: a line for each message, and for each thing that changes about it.
/// </summary>
internal sealed class PlainScreen(TextReader input, TextWriter output) : IScreen
{
    private readonly Dictionary<(string User, string Id), string> _shown = [];
    private readonly Lock _gate = new();
    private ChatState? _last;

    public async Task RunAsync(IPerson person, CancellationToken cancellationToken)
    {
        // A read of a pipe cannot be called off; it is left behind.
        while (await input.ReadLineAsync(CancellationToken.None).AsTask().WaitAsync(cancellationToken) is { } line)
        {
            if (!await person.EnterAsync(line))
                return;
        }
    }

    public void Show(ChatState state)
    {
        lock (_gate)
        {
            foreach (var message in state.Messages)
            {
                var line = Line(message);
                if (_shown.TryGetValue((message.From.User, message.Id), out var before) && before == line)
                    continue;
                _shown[(message.From.User, message.Id)] = line;
                output.WriteLine(line);
            }
            if (state.Connection != _last?.Connection)
                output.WriteLine($"* {state.Connection switch
                {
                    ConnectionState.Connected => "connected",
                    ConnectionState.Waiting => "no connection, trying again",
                    ConnectionState.Connecting => "connecting",
                    _ => "ended",
                }}");
            if (state.Unread != (_last?.Unread ?? 0))
                output.WriteLine($"* {state.Unread} unread");
            if (state.Activity is { } activity && activity != _last?.Activity)
                output.WriteLine($"* {state.Peer} is {activity}");
            foreach (var (user, unread) in state.Others.Except(_last?.Others ?? []))
                output.WriteLine($"* {unread} unread from {user}");
            output.Flush();
            _last = state;
        }
    }

    public void Say(string text)
    {
        lock (_gate)
        {
            output.WriteLine(text);
            output.Flush();
        }
    }

    private static string Line(StoredMessage message)
    {
        var text = $"{message.From.User}: {MessageText.Of(message)}";
        return message.IsOwn ? $"{text} ({MessageText.StateOf(message)})" : text;
    }
}
