using SQLitePCL;

namespace Messaging.Service.Ledger.Sqlite;

/// <summary>The names behind keys, as one connection reads them. Belongs to one thread at a time.</summary>
internal sealed class Names(sqlite3 connection) : IDisposable
{
    /// <summary>Names never change, so what was read once holds; past this many the store starts anew.</summary>
    private const int MaxKept = 10_000;

    private readonly Statement _user = new(connection, "SELECT name FROM user WHERE key = ?");
    private readonly Statement _device = new(connection, "SELECT name FROM device WHERE key = ?");
    private readonly Dictionary<long, string> _users = [];
    private readonly Dictionary<long, string> _devices = [];

    public string Of(UserKey user) => Look(_users, _user, user.Value);

    /// <summary>Empty for no device.</summary>
    public string Of(DeviceKey device) => device.Value == 0 ? "" : Look(_devices, _device, device.Value);

    public void Dispose()
    {
        _user.Dispose();
        _device.Dispose();
    }

    private static string Look(Dictionary<long, string> known, Statement statement, long key)
    {
        if (known.TryGetValue(key, out var name))
            return name;

        statement.Bind(1, key);
        if (!statement.Step())
            throw new LedgerUnusableException($"The ledger is damaged: the name of key {key} is missing.");
        name = statement.Text(0);
        statement.Reset();

        if (known.Count >= MaxKept)
            known.Clear();
        known.Add(key, name);
        return name;
    }
}
