namespace Messaging.Service.Ledger.Sqlite.Verifying;

/// <summary>Gathers what is wrong: the first of it word for word, the rest as a number.</summary>
internal sealed class Findings
{
    private const int MostKept = 200;

    private readonly List<Finding> _kept = [];

    public long Count { get; private set; }

    public IReadOnlyList<Finding> Kept => _kept;

    public void Add(string table, string row, string text)
    {
        Count++;
        if (_kept.Count < MostKept)
            _kept.Add(new Finding(table, row, text));
    }
}
