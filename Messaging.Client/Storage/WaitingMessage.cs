namespace Messaging.Client.Storage;

/// <summary>A message that the application has not handled.</summary>
/// <param name="Number">Its number in the store.</param>
/// <param name="Message">The message.</param>
internal sealed record WaitingMessage(long Number, ReceivedMessage Message);
