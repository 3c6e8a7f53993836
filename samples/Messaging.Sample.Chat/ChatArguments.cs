namespace Messaging.Sample.Chat;

/// <summary>What the program was started with.</summary>
internal sealed record ChatArguments(string User, string Device, string Peer, Uri Server, string StorePath)
{
    public const string Help =
        """
        A chat on the command line.

          chat USER DEVICE PEER [--server ADDRESS] [--store FILE]

          USER DEVICE   who you are, and which of your devices this is
          PEER          the user that you chat with
          --server      where the service listens         default: http://127.0.0.1:5080
          --store       the file that keeps your messages default: one for each user and device

        Try it. Start the service, and then a chat in each of two terminals:

          dotnet run --project Messaging.Service
          dotnet run --project samples/Messaging.Sample.Chat -- alice phone bob
          dotnet run --project samples/Messaging.Sample.Chat -- bob laptop alice

        Then write something, and watch its tick: · waiting, ✓ on the server, ✓✓ on one of the other's devices, and
        coloured when it was read. Stop the service, write on, and start it again: nothing is lost. Start a third one as
        "alice tablet bob": it gets the whole conversation.

        """ + Commands;

    public const string Commands =
        """
        In the chat:

          any text      is sent, now or when there is a connection; with the first key you press, what came is read
          /retry        sends again what the server has refused
          /drop         forgets what the server has refused
          /help         shows these
          /quit         ends it (so does Ctrl+C); what is not sent goes out the next time
        """;

    /// <exception cref="ArgumentException">They are not usable; the text says why.</exception>
    public static ChatArguments Parse(string[] arguments)
    {
        var names = new List<string>();
        var server = "http://127.0.0.1:5080";
        string? store = null;
        for (var i = 0; i < arguments.Length; i++)
        {
            if (arguments[i] == "--server")
                server = ValueOf(arguments, ref i);
            else if (arguments[i] == "--store")
                store = ValueOf(arguments, ref i);
            else if (arguments[i].StartsWith('-'))
                throw new ArgumentException($"There is no option {arguments[i]}; --help shows all.");
            else
                names.Add(arguments[i]);
        }
        if (names is not [var user, var device, var peer])
            throw new ArgumentException("Say who you are, on which device, and with whom: chat alice phone bob. --help says more.");
        if (!Uri.TryCreate(server, UriKind.Absolute, out var address))
            throw new ArgumentException($"--server is {server}; it must be an address such as http://127.0.0.1:5080.");
        return new ChatArguments(user, device, peer, address, store ?? DefaultStore(user, device));
    }

    private static string ValueOf(string[] arguments, ref int i) =>
        ++i < arguments.Length ? arguments[i] : throw new ArgumentException($"{arguments[i - 1]} needs a value.");

    private static string DefaultStore(string user, string device) => Path.Combine(
        Environment.GetFolderPath(Environment.SpecialFolder.LocalApplicationData, Environment.SpecialFolderOption.Create),
        "messaging-chat",
        $"{Uri.EscapeDataString(user)}-{Uri.EscapeDataString(device)}.db");
}
