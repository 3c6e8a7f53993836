using System.Collections.Concurrent;

namespace Messaging.Service.Ledger.Sqlite.State;

/// <summary>
/// The users, devices and conversations that are in memory: loaded when first needed, dropped when idle. Memory
/// follows who is active, not who exists. Writer's thread only, but for <see cref="TryGet"/>.
/// </summary>
/// <remarks>
/// What is not in memory is exactly as its table says, for whatever the tail of the journal has changed stays in
/// memory until it is folded.
/// </remarks>
internal sealed class ActiveStates(StateTable table, int maxStates)
{
    private readonly Dictionary<string, UserState> _usersByName = new(StringComparer.Ordinal);
    private readonly Dictionary<UserKey, UserState> _usersByKey = [];
    private readonly Dictionary<(UserKey Low, UserKey High), ConversationState> _pairs = [];
    private readonly ConcurrentDictionary<ConversationKey, ConversationState> _conversations = new();

    // Those of the devices in memory that are known to be removed: a removal is here from when it is on disk until its
    // table says so.
    private readonly ConcurrentDictionary<Party, bool> _removed = new();
    private readonly List<StagedState> _added = [];
    private long _sweep;

    /// <summary>How many users are in memory.</summary>
    public int Users => _usersByKey.Count;

    /// <summary>How many conversations are in memory.</summary>
    public int Conversations => _pairs.Count;

    public UserState? FindUser(string name)
    {
        if (!_usersByName.TryGetValue(name, out var user) && table.FindUser(name) is { } loaded)
            user = Keep(loaded);
        return Use(user);
    }

    public UserState GetUser(UserKey key)
    {
        if (!_usersByKey.TryGetValue(key, out var user))
            user = Keep(table.GetUser(key));
        return Use(user)!;
    }

    public UserState GetOrAddUser(string name) => FindUser(name) ?? Use(Keep(Add(table.AddUser(name))))!;

    public DeviceState? FindDevice(UserState user, string name)
    {
        if (!user.Devices.TryGetValue(name, out var device) && table.FindDevice(user, name) is { } loaded)
            user.Devices.Add(name, device = loaded);
        return device;
    }

    /// <summary>All of a user's devices that have not been revoked.</summary>
    public IEnumerable<DeviceState> DevicesInUse(UserState user)
    {
        foreach (var device in table.FindDevicesInUse(user))
            user.Devices.TryAdd(device.Party.Device, device); // memory is ahead of the table
        return user.Devices.Values.Where(device => !device.IsRevoked);
    }

    /// <inheritdoc cref="StateTable.AddDevice"/>
    public DeviceState AddDevice(UserState user, string name, long now)
    {
        var device = Add(table.AddDevice(user, name, now));
        user.Devices.Add(name, device);
        return device;
    }

    public ConversationState? FindConversation(UserKey one, UserKey other)
    {
        if (!_pairs.TryGetValue(Pair(one, other), out var conversation)
            && table.FindConversation(Members(one, other)) is { } loaded)
            conversation = Keep(loaded);
        return Use(conversation);
    }

    public ConversationState GetOrAddConversation(UserKey one, UserKey other) =>
        FindConversation(one, other) ?? Use(Keep(Add(table.AddConversation(Members(one, other)))))!;

    public ConversationState GetConversation(ConversationKey key)
    {
        if (!_conversations.TryGetValue(key, out var conversation))
        {
            conversation = Keep(table.FindConversation(key)
                ?? throw new LedgerUnusableException($"The ledger is damaged: conversation {key.Value} is missing."));
        }

        return Use(conversation)!;
    }

    /// <summary>A conversation that is in memory; any thread.</summary>
    public bool TryGet(ConversationKey key, [System.Diagnostics.CodeAnalysis.NotNullWhen(true)] out ConversationState? conversation) =>
        _conversations.TryGetValue(key, out conversation);

    /// <summary>A device has been removed from its account, and that is on disk.</summary>
    public void Removed(DeviceState device) => _removed[device.Party] = true;

    /// <summary>Whether a device has been removed, as far as memory knows: else its table says so; any thread.</summary>
    public bool IsRemoved(Party device) => _removed.ContainsKey(device);

    /// <summary>The keys given since the last call hold.</summary>
    public void KeepAdded() => _added.Clear();

    /// <summary>The keys given since then are void: their transaction failed.</summary>
    public void ForgetAdded()
    {
        foreach (var state in _added)
            Forget(state);
        _added.Clear();
    }

    /// <summary>Drops what has not been used since the last sweep, once there is more than the limit.</summary>
    /// <param name="folded">The journal sequence up to which the tables are true.</param>
    public void DropIdle(long folded)
    {
        if (_usersByKey.Count + _conversations.Count <= maxStates)
            return;

        bool IsIdle(StagedState state) => state.LastUsed < _sweep && state.LastSequence <= folded;

        foreach (var conversation in _conversations.Values.Where(IsIdle))
            Forget(conversation);
        foreach (var user in _usersByKey.Values.Where(IsIdle).ToList())
        {
            user.Streams.RemoveAll(stream => stream.Listener is null);
            if (user.Streams.Count == 0 && user.Devices.Values.All(device => device.LastSequence <= folded))
                Forget(user);
        }

        _sweep++;
    }

    private static (UserKey Low, UserKey High) Pair(UserKey one, UserKey other) =>
        one.Value <= other.Value ? (one, other) : (other, one);

    private static (UserKey Low, UserKey High) PairOf(ConversationState conversation) =>
        Pair(conversation.Members[0].User, conversation.Members[^1].User);

    private static UserKey[] Members(UserKey one, UserKey other) => one == other ? [one] : [one, other];

    private void Forget(StagedState state)
    {
        switch (state)
        {
            case UserState user:
                _usersByName.Remove(user.Name);
                _usersByKey.Remove(user.Key);
                foreach (var device in user.Devices.Values)
                    _removed.TryRemove(device.Party, out _);
                break;
            case DeviceState added:
                added.User.Devices.Remove(added.Party.Device);
                break;
            case ConversationState conversation:
                _conversations.TryRemove(conversation.Key, out _);
                _pairs.Remove(PairOf(conversation));
                break;
        }
    }

    private TState Add<TState>(TState state)
        where TState : StagedState
    {
        _added.Add(state);
        return state;
    }

    private UserState Keep(UserState user)
    {
        _usersByName.Add(user.Name, user);
        _usersByKey.Add(user.Key, user);
        return user;
    }

    private ConversationState Keep(ConversationState conversation)
    {
        _conversations[conversation.Key] = conversation;
        _pairs.Add(PairOf(conversation), conversation);
        return conversation;
    }

    private TState? Use<TState>(TState? state)
        where TState : StagedState
    {
        if (state is not null)
            state.LastUsed = _sweep;
        return state;
    }
}
