using System.Collections.Concurrent;

namespace Messaging.Service.History;

/// <summary>Counts the calls of each user that are under way. Safe for concurrent use.</summary>
internal sealed class UserCalls(HistoryOptions options)
{
    private readonly ConcurrentDictionary<string, int> _underWay = new(StringComparer.Ordinal);

    /// <summary>Whether one more may begin; each that began must <see cref="Leave"/>.</summary>
    public bool TryEnter(string user)
    {
        if (_underWay.AddOrUpdate(user, 1, static (_, count) => count + 1) <= options.CallsPerUser)
            return true;
        Leave(user);
        return false;
    }

    public void Leave(string user)
    {
        while (_underWay.TryGetValue(user, out var count))
        {
            if (count == 1
                ? _underWay.TryRemove(KeyValuePair.Create(user, count))
                : _underWay.TryUpdate(user, count - 1, count))
                return;
        }
    }
}
