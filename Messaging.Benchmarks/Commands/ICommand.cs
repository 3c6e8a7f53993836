namespace Messaging.Benchmarks.Commands;

/// <summary>One thing this program can do, by its name on the command line.</summary>
internal interface ICommand
{
    string Name { get; }

    /// <summary>One line for the list of commands.</summary>
    string Summary { get; }

    /// <summary>Usage, options with their defaults, and an example.</summary>
    string Help { get; }

    /// <summary>Whether it is only for this program itself to start.</summary>
    bool IsHidden => false;

    /// <summary>Whether it measures, and so wants the machine to itself.</summary>
    bool IsMeasurement => !IsHidden;

    /// <summary>Returns the exit code of the process.</summary>
    Task<int> RunAsync(Arguments arguments, CancellationToken cancellationToken);
}
