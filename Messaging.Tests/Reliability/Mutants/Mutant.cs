namespace Messaging.Tests.Reliability.Mutants;

/// <summary>A bug to plant in a copy of the source: the proof must find it.</summary>
/// <param name="Name">What it is called in docs/reliability.md.</param>
/// <param name="Test">The tests that must find it, as a filter on their full names.</param>
/// <param name="Edits">Texts to replace; each stands exactly once in its file.</param>
public sealed record Mutant(string Name, string Test, params Edit[] Edits)
{
    public override string ToString() => Name;
}

/// <summary>One text in place of another.</summary>
/// <param name="File">Below the root of the source.</param>
/// <param name="Find">What stands there.</param>
/// <param name="Replace">What the bug makes of it.</param>
public sealed record Edit(string File, string Find, string Replace);
