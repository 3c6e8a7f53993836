using System.Text.Json;
using System.Text.Json.Serialization;

namespace Messaging.Benchmarks.Serving;

[JsonSourceGenerationOptions(JsonSerializerDefaults.Web)]
[JsonSerializable(typeof(Served))]
[JsonSerializable(typeof(RuntimeSample))]
internal sealed partial class ServingJson : JsonSerializerContext;
