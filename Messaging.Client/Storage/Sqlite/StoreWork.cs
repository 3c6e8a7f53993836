namespace Messaging.Client.Storage.Sqlite;

/// <summary>One piece of the writer's work; without a change and own statements it only waits for what came before.</summary>
/// <param name="Change">What is to be changed.</param>
/// <param name="Own">What the application wants to have written.</param>
/// <param name="Done">Told once it is on disk, or why it is not; neither waits nor throws.</param>
internal readonly record struct StoreWork(StoreChange? Change, OwnWork? Own, Action<StoreFailedException?>? Done);
