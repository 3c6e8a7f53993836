using System.Text.Json;
using System.Text.Json.Serialization;

namespace Messaging.Benchmarks.Chat;

[JsonSourceGenerationOptions(JsonSerializerDefaults.Web, WriteIndented = true)]
[JsonSerializable(typeof(ChatDocument))]
internal sealed partial class ChatJson : JsonSerializerContext;
