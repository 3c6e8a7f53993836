using Microsoft.Data.Sqlite;

namespace Messaging.Client.Storage.Sqlite;

/// <summary>The numbers that stand for users in the tables. Belongs to the writer.</summary>
internal sealed class UserKeys(SqliteConnection connection) : IDisposable
{
    // As many as are likely to be active; past that it begins anew.
    private const int Most = 4096;

    private readonly Sql _find = new(connection, "SELECT user FROM messaging_user WHERE name = ?1");
    private readonly Sql _add = new(connection, "INSERT INTO messaging_user (name) VALUES (?1) RETURNING user");
    private readonly Dictionary<string, long> _known = new(StringComparer.Ordinal);

    public long? Find(string name)
    {
        if (_known.TryGetValue(name, out var known))
            return known;
        var found = _find.Number(name);
        if (found is { } key)
            Keep(name, key);
        return found;
    }

    public long FindOrAdd(string name)
    {
        if (Find(name) is { } found)
            return found;
        var added = _add.Number(name)!.Value;
        Keep(name, added);
        return added;
    }

    public void Dispose()
    {
        _find.Dispose();
        _add.Dispose();
    }

    private void Keep(string name, long key)
    {
        if (_known.Count >= Most)
            _known.Clear();
        _known.Add(name, key);
    }
}
