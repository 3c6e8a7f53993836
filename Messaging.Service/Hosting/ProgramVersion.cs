using System.Reflection;

namespace Messaging.Service.Hosting;

/// <summary>Which build this is: the version, and behind a <c>+</c> the commit where the build was told it.</summary>
internal static class ProgramVersion
{
    public static string Text { get; } =
        typeof(ProgramVersion).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()!.InformationalVersion;
}
