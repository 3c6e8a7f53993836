using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Options;

namespace Messaging.Service.Hosting;

/// <summary>
/// Binds a section of the settings to a record and checks it when the service starts: whatever is wrong is said in one
/// sentence that names the key.
/// </summary>
internal static class SettingsSection
{
    public static void AddSettings<T>(this IServiceCollection services, string section)
        where T : class, new()
    {
        services.AddOptions<T>()
            .Configure<IConfiguration>((options, configuration) => Bind(configuration.GetSection(section), options))
            .ValidateOnStart();
        services.AddSingleton<IValidateOptions<T>>(new AnnotationRules<T>(section));
        services.AddSingleton(provider => provider.GetRequiredService<IOptions<T>>().Value);
    }

    private static void Bind<T>(IConfigurationSection section, T options)
        where T : class
    {
        // One by one: the binder tells the key of a value that it cannot convert only within the text of its exception.
        foreach (var child in section.GetChildren())
        {
            var property = typeof(T).GetProperty(
                child.Key, System.Reflection.BindingFlags.Public | System.Reflection.BindingFlags.Instance
                    | System.Reflection.BindingFlags.IgnoreCase);
            if (property is not { CanWrite: true })
                throw Bad<T>($"{child.Path} is not a setting: look for a spelling mistake.");
            try
            {
                property.SetValue(options, child.Get(property.PropertyType));
            }
            catch (InvalidOperationException)
            {
                throw Bad<T>($"{child.Path} must be {NameOf(property.PropertyType)}, but is \"{child.Value}\".");
            }
        }
    }

    private static string NameOf(Type type) =>
        type == typeof(TimeSpan) ? "a time such as 00:00:30"
        : type == typeof(int) ? "a whole number"
        : type.IsEnum ? $"one of {string.Join(", ", Enum.GetNames(type).Where(name => name != "Unset"))}"
        : "a text";

    private static OptionsValidationException Bad<T>(string sentence) =>
        new(Options.DefaultName, typeof(T), [sentence]);

    private sealed class AnnotationRules<T>(string section) : IValidateOptions<T>
        where T : class
    {
        public ValidateOptionsResult Validate(string? name, T options)
        {
            var results = new List<ValidationResult>();
            if (Validator.TryValidateObject(options, new ValidationContext(options), results, validateAllProperties: true))
                return ValidateOptionsResult.Success;
            return ValidateOptionsResult.Fail(results.Select(result =>
            {
                var member = result.MemberNames.First();
                return $"{section}:{member} {result.ErrorMessage}, but is {typeof(T).GetProperty(member)!.GetValue(options)}.";
            }));
        }
    }
}
