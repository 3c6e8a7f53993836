namespace Messaging.Sample.Chat;

/// <summary>Where the chat is shown, and what the person at it does.</summary>
internal interface IScreen
{
    /// <summary>Runs until the person has had enough, or the token ends it.</summary>
    /// <param name="person">Told what the person does.</param>
    /// <param name="cancellationToken">Ends it.</param>
    Task RunAsync(IPerson person, CancellationToken cancellationToken);

    /// <summary>Shows how things stand. Called by one at a time.</summary>
    void Show(ChatState state);

    /// <summary>Says something that is no message.</summary>
    void Say(string text);
}

/// <summary>What a person does at a screen.</summary>
internal interface IPerson
{
    /// <summary>They are there: what is on the screen was seen.</summary>
    Task LookAsync();

    /// <summary>They are typing.</summary>
    Task TypeAsync();

    /// <summary>They have entered a line. Returns false where that ends the chat.</summary>
    Task<bool> EnterAsync(string line);
}
