using NUnit.Framework;

// Two cores run what is independent side by side; a fixture that needs the machine to itself says so.
[assembly: Parallelizable(ParallelScope.Fixtures)]
[assembly: LevelOfParallelism(4)]
