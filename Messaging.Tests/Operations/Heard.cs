using System.Diagnostics.Metrics;

namespace Messaging.Tests.Operations;

/// <summary>What one meter tells: sums of what was added and recorded, and how often. Safe for concurrent use.</summary>
internal sealed class Heard : IDisposable
{
    private readonly Lock _gate = new();
    private readonly Dictionary<(string Name, string Tags), (double Sum, int Count)> _sums = [];
    private readonly MeterListener _listener;

    public Heard(Meter meter)
    {
        _listener = new MeterListener
        {
            InstrumentPublished = (instrument, self) =>
            {
                if (ReferenceEquals(instrument.Meter, meter))
                    self.EnableMeasurementEvents(instrument);
            },
        };
        _listener.SetMeasurementEventCallback<long>((instrument, value, tags, _) => Hear(instrument, value, tags));
        _listener.SetMeasurementEventCallback<int>((instrument, value, tags, _) => Hear(instrument, value, tags));
        _listener.SetMeasurementEventCallback<double>((instrument, value, tags, _) => Hear(instrument, value, tags));
        _listener.Start();
    }

    /// <summary>Every name, with the attributes that came with it as <c>name=value</c>.</summary>
    public IReadOnlyList<(string Name, string Tags)> Series
    {
        get
        {
            Ask();
            lock (_gate)
                return [.. _sums.Keys];
        }
    }

    /// <summary>What was added since the listener began, or where a gauge stands now; 0 where nothing was told.</summary>
    /// <param name="name">The instrument.</param>
    /// <param name="tags">Its attributes, as <c>name=value</c>.</param>
    public double Of(string name, string tags = "")
    {
        Ask();
        lock (_gate)
            return _sums.GetValueOrDefault((name, tags)).Sum;
    }

    /// <summary>How often something was recorded.</summary>
    public int TimesOf(string name, string tags = "")
    {
        lock (_gate)
            return _sums.GetValueOrDefault((name, tags)).Count;
    }

    public void Dispose() => _listener.Dispose();

    private void Ask() => _listener.RecordObservableInstruments();

    private void Hear(Instrument instrument, double value, ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        var key = (instrument.Name, string.Join(',', tags.ToArray().Select(tag => $"{tag.Key}={tag.Value}")));
        lock (_gate)
        {
            var (sum, count) = _sums.GetValueOrDefault(key);
            _sums[key] = instrument.IsObservable ? (value, 1) : (sum + value, count + 1);
        }
    }
}
