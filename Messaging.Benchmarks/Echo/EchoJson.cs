using System.Text.Json;
using System.Text.Json.Serialization;

namespace Messaging.Benchmarks.Echo;

[JsonSourceGenerationOptions(JsonSerializerDefaults.Web)]
[JsonSerializable(typeof(EchoResult))]
internal sealed partial class EchoJson : JsonSerializerContext;
