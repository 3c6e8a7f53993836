using Messaging.Client;
using Messaging.Sample.Chat;
using Spectre.Console;

if (args.Length == 0 || args.Contains("--help") || args.Contains("-h"))
{
    Console.WriteLine(ChatArguments.Help);
    return 0;
}
try
{
    var arguments = ChatArguments.Parse(args);

    // Everything the library needs: a file that keeps what is sent and received, and where to, as whom.
    await using var store = MessagingStore.Open(arguments.StorePath);
    await using var client = MessagingClient.Start(new MessagingClientOptions
    {
        Address = arguments.Server,
        User = arguments.User,
        Device = arguments.Device,
        Store = store,
        ReconnectMaxDelay = TimeSpan.FromSeconds(3),    // somebody is looking at the screen
    });

    var isTerminal = !Console.IsInputRedirected && AnsiConsole.Profile.Capabilities is { Ansi: true, Interactive: true };
    // Console.In would not give way while it waits.
    using var input = new StreamReader(Console.OpenStandardInput());
    IScreen screen = isTerminal ? new TerminalScreen(AnsiConsole.Console) : new PlainScreen(input, Console.Out);
    using var stopping = new CancellationTokenSource();
    Console.CancelKeyPress += (_, pressed) =>
    {
        pressed.Cancel = true;
        stopping.Cancel();
    };
    await new Chat(client, arguments.User, arguments.Peer, screen).RunAsync(stopping.Token);
    return 0;
}
catch (Exception e) when (e is ArgumentException or MessagingException or StoreUnusableException)
{
    await Console.Error.WriteLineAsync(e.Message);
    return 1;
}
