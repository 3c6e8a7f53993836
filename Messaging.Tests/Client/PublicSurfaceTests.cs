using System.Reflection;
using Messaging.Client;
using Messaging.Client.Hosting;
using NUnit.Framework;

namespace Messaging.Tests.Client;

/// <summary>What an application sees of the library is the library's own, and no part of what it is built on.</summary>
internal sealed class PublicSurfaceTests
{
    private static readonly string[] Foreign = ["Google.", "Grpc.", "Polly", "SQLitePCL", "Messaging.V1"];

    [TestCase(typeof(MessagingClient))]
    [TestCase(typeof(MessagingClientSettings))]
    public void No_type_of_what_it_is_built_on_is_to_be_seen(Type ofAssembly)
    {
        ArgumentNullException.ThrowIfNull(ofAssembly);
        const BindingFlags Seen = BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Instance | BindingFlags.Static
            | BindingFlags.DeclaredOnly;
        var types = ofAssembly.Assembly.GetExportedTypes();
        Assert.That(types, Is.Not.Empty);
        var used = types.SelectMany(type => type.GetMembers(Seen).Where(IsSeen).SelectMany(TypesOf)).SelectMany(Parts).Distinct();
        Assert.That(used.Where(type => Foreign.Any(name => type.FullName?.StartsWith(name, StringComparison.Ordinal) ?? false)), Is.Empty);
    }

    [Test]
    public void Exceptions_have_one_base_and_sealed_leaves()
    {
        var exceptions = typeof(MessagingClient).Assembly.GetExportedTypes().Where(type => type.IsAssignableTo(typeof(Exception)));
        Assert.That(exceptions.Where(type => type != typeof(MessagingException) && !type.IsSealed), Is.Empty);
    }

    private static bool IsSeen(MemberInfo member) => member switch
    {
        MethodBase method => method.IsPublic || method.IsFamily || method.IsFamilyOrAssembly,
        FieldInfo field => field.IsPublic || field.IsFamily || field.IsFamilyOrAssembly,
        _ => false,
    };

    private static IEnumerable<Type> TypesOf(MemberInfo member) => member switch
    {
        MethodInfo method => [method.ReturnType, .. method.GetParameters().Select(parameter => parameter.ParameterType)],
        MethodBase constructor => constructor.GetParameters().Select(parameter => parameter.ParameterType),
        FieldInfo field => [field.FieldType],
        _ => [],
    };

    private static IEnumerable<Type> Parts(Type type) =>
        [type, .. type.GetGenericArguments().SelectMany(Parts), .. type.GetElementType() is { } element ? Parts(element) : []];
}
