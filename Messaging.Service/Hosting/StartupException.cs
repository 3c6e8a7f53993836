namespace Messaging.Service.Hosting;

/// <summary>The service cannot start; the message is one sentence for its operator.</summary>
public sealed class StartupException(string sentence, Exception? cause = null) : Exception(sentence, cause);
