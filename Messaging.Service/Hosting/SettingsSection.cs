using System.ComponentModel.DataAnnotations;
using System.Reflection;
using Microsoft.Extensions.Options;

namespace Messaging.Service.Hosting;

/// <summary>
/// Binds a section of the settings to a record and checks it when the service starts: whatever is wrong is said in one
/// sentence that names the key.
/// </summary>
internal sealed class SettingsSection<T>(string section, IConfiguration configuration)
    : IConfigureOptions<T>, IValidateOptions<T>
    where T : class
{
    /// <inheritdoc/>
    public void Configure(T options)
    {
        // One by one: the binder tells which value it cannot convert only within the text of its exception.
        foreach (var setting in configuration.GetSection(section).GetChildren())
        {
            var property = typeof(T).GetProperty(
                setting.Key, BindingFlags.Public | BindingFlags.Instance | BindingFlags.IgnoreCase);
            if (property is not { CanWrite: true })
                throw Bad($"{setting.Path} is not a setting.");
            try
            {
                property.SetValue(options, setting.Get(property.PropertyType));
            }
            catch (InvalidOperationException)
            {
                throw Bad($"{setting.Path} must be {NameOf(property.PropertyType)}, but is \"{setting.Value}\".");
            }
        }
    }

    /// <inheritdoc/>
    public ValidateOptionsResult Validate(string? name, T options)
    {
        var failures = new List<string>();
        foreach (var property in typeof(T).GetProperties())
        {
            var value = property.GetValue(options);
            failures.AddRange(property.GetCustomAttributes<ValidationAttribute>()
                .Where(rule => !rule.IsValid(value))
                .Select(rule => $"{section}:{property.Name} {Demand(rule, value)}"));
        }

        return failures.Count > 0 ? ValidateOptionsResult.Fail(failures) : ValidateOptionsResult.Success;
    }

    private static string Demand(ValidationAttribute rule, object? value) => rule switch
    {
        RequiredAttribute => "must be set.",
        RangeAttribute range => $"must be from {range.Minimum} to {range.Maximum}, but is {value}.",
        _ => $"must not be {value}.",
    };

    private static string NameOf(Type type) =>
        type == typeof(TimeSpan) ? "a time such as 00:00:30"
        : type == typeof(int) || type == typeof(long) ? "a whole number"
        : type == typeof(bool) ? "true or false"
        : type.IsEnum ? $"one of {string.Join(", ", Enum.GetNames(type).Where(name => name != "Unset"))}"
        : "a text";

    private static OptionsValidationException Bad(string sentence) =>
        new(Options.DefaultName, typeof(T), [sentence]);
}
