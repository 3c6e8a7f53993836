using System.Collections.Immutable;
using System.Globalization;
using SQLitePCL;

namespace Messaging.Service.Ledger.Sqlite.State;

/// <summary>
/// Loads users, devices and conversations from their tables, and gives keys to new ones in the transaction under way.
/// What the tables say holds only for what is not in memory already. Belongs to one thread at a time: the writer's, or
/// over a connection that only reads whoever reads with it.
/// </summary>
internal sealed class StateTable(sqlite3 connection) : IDisposable
{
    private const string UserColumns =
        "key, name, head, settled, "
        + "(SELECT coalesce(max(cursor), 0) FROM device WHERE device.user = user.key AND device.revoked = 0)";

    private const string DeviceColumns = "key, name, cursor, stream, label, created, seen, revoked";

    private readonly Statement _userByName = Prepare(connection, $"SELECT {UserColumns} FROM user WHERE name = ?");
    private readonly Statement _userByKey = Prepare(connection, $"SELECT {UserColumns} FROM user WHERE key = ?");
    private readonly Statement _addUser = Prepare(connection, "INSERT INTO user (name) VALUES (?) RETURNING key");
    private readonly Statement _device = Prepare(
        connection, $"SELECT {DeviceColumns} FROM device WHERE user = ? AND name = ?");
    private readonly Statement _devicesInUse = Prepare(
        connection, $"SELECT {DeviceColumns} FROM device WHERE user = ? AND revoked = 0");
    private readonly Statement _addDevice = Prepare(
        connection, "INSERT INTO device (user, name, created) VALUES (?, ?, ?) RETURNING key");
    private readonly Statement _blocked = Prepare(connection, "SELECT name FROM block WHERE user = ?");
    private readonly Statement _conversationByMembers = Prepare(
        connection, "SELECT key, head FROM conversation WHERE members = ?");
    private readonly Statement _conversationByKey = Prepare(
        connection, "SELECT key, head FROM conversation WHERE key = ?");
    private readonly Statement _addConversation = Prepare(
        connection, "INSERT INTO conversation (members) VALUES (?) RETURNING key");
    private readonly Statement _members = Prepare(
        connection, "SELECT user, received, read FROM member WHERE conversation = ? ORDER BY user");
    private readonly Statement _addMember = Prepare(
        connection, "INSERT INTO member (conversation, user) VALUES (?, ?)");

    public UserState? FindUser(string name) => ReadUser(_userByName.Bind(1, name));

    public UserState GetUser(UserKey key) => ReadUser(_userByKey.Bind(1, key.Value))
        ?? throw new LedgerUnusableException($"The ledger is damaged: user {key.Value} is missing.");

    public UserState AddUser(string name) =>
        new(new UserKey(Insert(_addUser.Bind(1, name))), name, head: 0, settled: 0, furthestCursor: 0, UserState.NoNames);

    public DeviceState? FindDevice(UserState user, string name)
    {
        if (!_device.Bind(1, user.Key.Value).Bind(2, name).Step())
            return null;

        var device = ReadDevice(_device, user);
        _device.Reset();
        return device;
    }

    /// <summary>Those of a user's devices of which the table does not say that they were revoked.</summary>
    public List<DeviceState> FindDevicesInUse(UserState user)
    {
        var devices = new List<DeviceState>();
        _devicesInUse.Bind(1, user.Key.Value);
        while (_devicesInUse.Step())
            devices.Add(ReadDevice(_devicesInUse, user));
        return devices;
    }

    /// <param name="user">Whose it is.</param>
    /// <param name="name">How it calls itself.</param>
    /// <param name="now">When its first stream is opened, epoch milliseconds.</param>
    public DeviceState AddDevice(UserState user, string name, long now)
    {
        var key = Insert(_addDevice.Bind(1, user.Key.Value).Bind(2, name).Bind(3, now));
        return new DeviceState(new DeviceKey(key), user, name, now);
    }

    public ConversationState? FindConversation(IReadOnlyList<UserKey> members) =>
        ReadConversation(_conversationByMembers.Bind(1, MembersText(members)));

    public ConversationState? FindConversation(ConversationKey key) =>
        ReadConversation(_conversationByKey.Bind(1, key.Value));

    public ConversationState AddConversation(IReadOnlyList<UserKey> members)
    {
        var key = Insert(_addConversation.Bind(1, MembersText(members)));
        foreach (var member in members)
            _addMember.Bind(1, key).Bind(2, member.Value).Run();

        return new ConversationState(
            new ConversationKey(key), head: 0, [.. members.Select(user => new MemberState(user, received: 0, read: 0))]);
    }

    public void Dispose()
    {
        foreach (var statement in (ReadOnlySpan<Statement>)
                 [
                     _userByName, _userByKey, _addUser, _device, _devicesInUse, _addDevice, _blocked, _conversationByMembers,
                     _conversationByKey, _addConversation, _members, _addMember,
                 ])
            statement.Dispose();
    }

    private static Statement Prepare(sqlite3 connection, string sql) => new(connection, sql);

    private static string MembersText(IReadOnlyList<UserKey> members) => string.Join(
        ',', members.Select(member => member.Value).Order().Select(key => key.ToString(CultureInfo.InvariantCulture)));

    private static long Insert(Statement insert)
    {
        insert.Step();
        var key = insert.Int64(0);
        insert.Reset();
        return key;
    }

    private static DeviceState ReadDevice(Statement row, UserState user) =>
        new(
            new DeviceKey(row.Int64(0)), user, row.Text(1), createdAt: row.Int64(5), cursor: row.Int32(2),
            stream: row.Int64(3), label: row.Text(4), seenAt: row.Int64(6), isRevoked: row.Int64(7) > 0);

    private UserState? ReadUser(Statement query)
    {
        if (!query.Step())
            return null;

        var (key, name) = (query.Int64(0), query.Text(1));
        var (head, settled, furthestCursor) = (query.Int32(2), query.Int32(3), query.Int32(4));
        query.Reset();

        // What any device has acknowledged stays acknowledged when that device is revoked.
        return new UserState(
            new UserKey(key), name, head, settled, Math.Max(settled, furthestCursor), ReadBlocked(key));
    }

    private ImmutableHashSet<string> ReadBlocked(long user)
    {
        if (!_blocked.Bind(1, user).Step())
            return UserState.NoNames;

        var names = UserState.NoNames.ToBuilder();
        do
        {
            names.Add(_blocked.Text(0));
        }
        while (_blocked.Step());
        return names.ToImmutable();
    }

    private ConversationState? ReadConversation(Statement query)
    {
        if (!query.Step())
            return null;

        var (key, head) = (query.Int64(0), query.Int32(1));
        query.Reset();

        var members = new List<MemberState>(2);
        _members.Bind(1, key);
        while (_members.Step())
            members.Add(new MemberState(new UserKey(_members.Int64(0)), _members.Int32(1), _members.Int32(2)));
        return new ConversationState(new ConversationKey(key), head, [.. members]);
    }
}
