using System.Reflection;
using System.Xml.Linq;
using Messaging.Client;
using Messaging.Client.Hosting;
using Messaging.Client.Protection;
using Microsoft.Data.Sqlite;
using NUnit.Framework;

namespace Messaging.Tests.Client;

/// <summary>
/// What an app sees of the packages is documented, and nothing of what they are built on, but SQLite where it is meant.
/// </summary>
internal sealed class PublicMembersTests
{
    private const BindingFlags Declared = BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Instance
        | BindingFlags.Static | BindingFlags.DeclaredOnly;

    private static readonly Assembly[] Packages = [typeof(MessagingClient).Assembly, typeof(MessagingClientSettings).Assembly];

    private static readonly string[] Foreign = ["Google.", "Grpc.", "Polly", "SQLitePCL", "Messaging.V1"];

    private static IEnumerable<TestCaseData> Types() => Packages
        .SelectMany(package => package.GetExportedTypes())
        .Select(type => new TestCaseData(type).SetArgDisplayNames(type.Name));

    [TestCaseSource(nameof(Types))]
    public void A_public_member_is_documented(Type type)
    {
        var documented = Documented(type.Assembly);
        var members = type.GetMembers(Declared).Where(IsWritten).Select(NameOf).Append($"T:{NameOf(type)}").Distinct();
        Assert.That(members.Where(name => !documented.Contains(name)), Is.Empty);
    }

    [Test]
    public void SQLite_is_seen_only_where_an_app_writes_with_a_message() =>
        Assert.That(
            from type in Packages.SelectMany(package => package.GetExportedTypes())
            from member in type.GetMembers(Declared)
            where IsVisible(member) && Seen(member).SelectMany(Parts).Contains(typeof(SqliteConnection))
            select $"{type.Name}.{member.Name}",
            Is.EqualTo(new[] { "MessagingClient.HandleAsync" }));

    [Test]
    public void No_type_of_what_they_are_built_on_is_seen()
    {
        var seen = Packages.SelectMany(package => package.GetExportedTypes())
            .SelectMany(type => type.GetMembers(Declared).Where(IsVisible).SelectMany(Seen)
                .Concat(type.GetInterfaces()).Append(type.BaseType ?? typeof(object)))
            .SelectMany(Parts).Select(type => type.FullName ?? "").ToHashSet();
        Assert.That(seen, Does.Contain(typeof(SqliteConnection).FullName), "what is there is seen");
        Assert.That(seen.Where(name => Foreign.Any(start => name.StartsWith(start, StringComparison.Ordinal))), Is.Empty);
    }

    [Test]
    public void Exceptions_have_sealed_leaves() =>
        Assert.That(
            Packages.SelectMany(package => package.GetExportedTypes())
                .Where(type => type.IsAssignableTo(typeof(Exception)) && type != typeof(MessagingException) && !type.IsSealed),
            Is.Empty);

    // An application's own protector throws the one that is not, at the library.
    [Test]
    public void An_exception_of_the_library_is_a_MessagingException() =>
        Assert.That(
            Packages.SelectMany(package => package.GetExportedTypes())
                .Where(type => type.IsAssignableTo(typeof(Exception)) && !type.IsAssignableTo(typeof(MessagingException))),
            Is.EqualTo(new[] { typeof(MessageUnusableException) }));

    private static IEnumerable<Type> Seen(MemberInfo member) => member switch
    {
        MethodInfo method => method.GetParameters().Select(p => p.ParameterType).Append(method.ReturnType),
        ConstructorInfo constructor => constructor.GetParameters().Select(p => p.ParameterType),
        PropertyInfo property => [property.PropertyType],
        FieldInfo field => [field.FieldType],
        EventInfo happening => [happening.EventHandlerType!],
        _ => [],
    };

    private static IEnumerable<Type> Parts(Type type) =>
        type.HasElementType ? Parts(type.GetElementType()!)
        : type.IsGenericType ? type.GetGenericArguments().SelectMany(Parts).Append(type.GetGenericTypeDefinition())
        : [type];

    private static bool IsVisible(MemberInfo member) => member switch
    {
        MethodBase method => method.IsPublic || method.IsFamily || method.IsFamilyOrAssembly,
        FieldInfo field => field.IsPublic || field.IsFamily || field.IsFamilyOrAssembly,
        PropertyInfo property => property.GetAccessors(nonPublic: true).Any(IsVisible),
        EventInfo happening => IsVisible(happening.AddMethod!),
        _ => false,
    };

    // Not what the compiler adds to a record or an enum.
    private static bool IsWritten(MemberInfo member) =>
        IsVisible(member)
        && member.GetCustomAttribute<System.Runtime.CompilerServices.CompilerGeneratedAttribute>() is null
        && member is not (MethodBase { IsSpecialName: true } or FieldInfo { IsSpecialName: true })
        && !(member is PropertyInfo { Name: "EqualityContract" })
        && !(member is MethodInfo method && method.GetBaseDefinition() != method)
        && !IsOfAPositionalRecord(member);

    // Its parameters are documented on the type.
    private static bool IsOfAPositionalRecord(MemberInfo member) =>
        member is PropertyInfo property && Array.Exists(
            member.DeclaringType!.GetConstructors(),
            constructor => constructor.GetParameters().Any(p => p.Name == property.Name && p.ParameterType == property.PropertyType));

    private static string NameOf(MemberInfo member)
    {
        var owner = NameOf(member.DeclaringType!);
        return member switch
        {
            MethodInfo method => $"M:{owner}.{method.Name}",
            PropertyInfo property => $"P:{owner}.{property.Name}",
            FieldInfo field => $"F:{owner}.{field.Name}",
            _ => $"E:{owner}.{member.Name}",
        };
    }

    private static string NameOf(Type type) => type.FullName!.Replace('+', '.');

    /// <summary>The members with a summary, without their parameters: overloads count as one.</summary>
    private static HashSet<string> Documented(Assembly package)
    {
        var page = XDocument.Load(Path.ChangeExtension(package.Location, ".xml"));
        return [.. page.Descendants("member")
            .Where(member => member.Element("summary") is { } summary && !string.IsNullOrWhiteSpace(summary.Value)
                || member.Element("inheritdoc") is not null)
            .Select(member => member.Attribute("name")!.Value.Split('(')[0].Split("``")[0])];
    }
}
