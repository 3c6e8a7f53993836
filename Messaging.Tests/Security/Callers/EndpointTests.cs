using System.Net;
using System.Text;
using Google.Protobuf;
using Google.Protobuf.Reflection;
using Grpc.AspNetCore.Server;
using Grpc.Core;
using Messaging.Tests.Protocol;
using Messaging.Tests.Support;
using Messaging.V1;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using NUnit.Framework;
using static Messaging.Tests.Security.Callers.TokenMaker;

namespace Messaging.Tests.Security.Callers;

/// <summary>
/// Every endpoint that is mapped: called by nobody and with a bad token it is shut, unless it says that it is open; called by
/// somebody else it tells and changes nothing of others.
/// </summary>
[TestFixture]
public sealed class EndpointTests
{
    private const string Unauthenticated = "16", Unimplemented = "12";

    // What anybody may call: whether the service is well, and, in the Development environment, what it offers.
    private static readonly string[] Open = ["/grpc.health.", "/grpc.reflection."];

    [Test]
    public async Task Nothing_answers_nobody_but_what_is_meant_to()
    {
        using var maker = new TokenMaker();
        await using var server = await TestServer.StartAsync(
            maker.Settings);
        var paths = Paths(server);
        Assert.That(paths, Is.SupersetOf((string[])
        [
            "/messaging.v1.MessagingService/Sync", "/messaging.v1.AccountService/RevokeDevice",
            "/messaging.v1.HistoryService/List", "/messaging.v1.HistoryService/Conversations", "/grpc.health.v1.Health/Check",
        ]));
        using var client = new HttpClient();
        foreach (var path in paths)
        {
            foreach (var token in new[] { null, "nonsense", maker.Sign(Claims("alice", ("exp", SecondsFromNow(-600)))) })
            {
                using var request = new HttpRequestMessage(HttpMethod.Post, server.Address + path)
                {
                    Version = HttpVersion.Version20, VersionPolicy = HttpVersionPolicy.RequestVersionExact,
                    Content = new ByteArrayContent([0, 0, 0, 0, 0]),
                };
                request.Content.Headers.ContentType = new("application/grpc");
                request.Headers.TryAddWithoutValidation("messaging-user", "alice");
                request.Headers.TryAddWithoutValidation("messaging-device", "phone");
                if (token is not null)
                    request.Headers.TryAddWithoutValidation("authorization", $"Bearer {token}");
                using var answer = await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead).InTime(path);
                if (Array.Exists(Open, path.Contains))
                {
                    Assert.That(Status(answer), Is.Not.EqualTo(Unauthenticated), path);
                    continue;
                }

                Assert.That(Status(answer), Is.AnyOf(Unauthenticated, Unimplemented), $"{path} with {token ?? "no token"}");
                if (!path.Contains("unimplemented", StringComparison.Ordinal))
                    Assert.That(Status(answer), Is.EqualTo(Unauthenticated), path);
            }
        }

        await TestContext.Out.WriteLineAsync(string.Join(Environment.NewLine, paths));

        static string? Status(HttpResponseMessage answer) =>
            answer.Headers.TryGetValues("grpc-status", out var values) ? values.Single() : null;
    }

    [Test]
    public async Task Nothing_of_others_is_seen_or_changed_by_somebody_else()
    {
        using var maker = new TokenMaker();
        await using var server = await TestServer.StartAsync(
            [.. maker.Settings, "--Messaging:Streams:InvalidInARow=100000", "--Messaging:Streams:FramesPerSecond=0"]);
        await using var alice = await server.ConnectAsync("alice/phone", Header(maker.Sign(Claims("alice"))));
        await using var bob = await server.ConnectAsync("bob/phone", Header(maker.Sign(Claims("bob"))));
        await alice.SendAsync("bob", "secret-id", "secret-payload");
        await bob.SendAsync("alice", "secret-id", "secret-payload");
        await bob.MessagesAsync(1);
        await bob.ReadAsync("alice", "secret-id");
        foreach (var user in new[] { "alice", "bob" })
        {
            var account = new AccountService.AccountServiceClient(server.Channel);
            var headers = Header(maker.Sign(Claims(user)));
            headers.Add("messaging-device", "phone");
            await account.NameDeviceAsync(new NameDeviceRequest { Device = "phone", Label = "secret-label" }, headers).InCallTime();
            await account.BlockUserAsync(new BlockUserRequest { User = "secret-enemy" }, headers).InCallTime();
        }

        var before = Journal(server);
        var (alices, bobs) = (alice.Frames.Count, bob.Frames.Count);
        var (asks, answers) = (0, 0);
        foreach (var method in server.Services.GetServices<EndpointDataSource>().SelectMany(source => source.Endpoints)
            .Select(endpoint => endpoint.Metadata.GetMetadata<GrpcMethodMetadata>()?.Method).OfType<IMethod>()
            .Where(method => !Array.Exists(Open, method.FullName.Contains)))
        {
            // The device has the name of theirs, and the header of the development mode says that it is alice's.
            var request = method.GetType().GetGenericArguments()[0];
            var descriptor = (MessageDescriptor)request.GetProperty("Descriptor")!.GetValue(null)!;
            foreach (var text in new[] { "alice", "bob", "phone", "secret-id", Convert.ToBase64String("alice"u8) })
            {
                var all = Variants(descriptor, text);
                foreach (var asked in method.Type == MethodType.Unary ? all.Chunk(1) : [[.. all]])
                {
                    var headers = Header(maker.Sign(Claims("mallory")));
                    headers.Add("messaging-device", "phone");
                    headers.Add("messaging-user", "alice");
                    foreach (var answer in await CallAsync(server, method, headers, asked))
                    {
                        Assert.That(answer, Does.Not.Contain("secret-p").And.Not.Contain("secret-l").And.Not.Contain("secret-e"), $"{method.FullName} {text}");
                        answers++;
                    }

                    asks += asked.Length;
                }
            }
        }

        var after = Journal(server);
        Assert.That(after.Take(before.Count), Is.EqualTo(before), "what is written stays");
        Assert.That(after.Skip(before.Count).Select(row => row.User).Distinct(), Is.EqualTo(new[] { "mallory" }));
        foreach (var came in alice.Frames.Skip(alices).Concat(bob.Frames.Skip(bobs)))
            Assert.That((came.Message?.From ?? came.Signal.From)?.User, Is.EqualTo("mallory"), came.ToString());
        await TestContext.Out.WriteLineAsync($"{asks} requests, {answers} answers, {after.Count - before.Count} rows of mallory's");
    }

    /// <summary>
    /// Requests that are filled with a text and with 1 wherever they can be: with and without a sender, one for each that a
    /// choice may be, one for each value of a kind.
    /// </summary>
    private static List<IMessage> Variants(MessageDescriptor descriptor, string text)
    {
        if (descriptor == Frame.Descriptor)
        {
            return
            [
                .. Variants(Message.Descriptor, text).Select(message => new Frame { Message = (Message)message }),
                .. Variants(Signal.Descriptor, text).Select(signal => new Frame { Signal = (Signal)signal }),
            ];
        }

        var all = new List<IMessage> { descriptor.Parser.ParseFrom([]) };
        foreach (var field in descriptor.Fields.InDeclarationOrder())
        {
            IEnumerable<object?> values = field.FieldType switch
            {
                FieldType.String => [text],
                FieldType.Bytes => [ByteString.CopyFromUtf8(text)],
                FieldType.Int32 => [1],
                FieldType.Int64 => [1L],
                FieldType.Bool => [true],
                FieldType.Enum => field.EnumType.Values.Select(value => (object?)Enum.ToObject(field.EnumType.ClrType, value.Number)),
                FieldType.Message => [null, .. Variants(field.MessageType, text)],
                _ => throw new NotSupportedException($"{field.FullName} is a {field.FieldType}"),
            };
            if (field.RealContainingOneof is not null)
                values = values.Prepend(null); // or the choice is always the last
            all =
            [
                .. all.SelectMany(_ => values, (message, value) =>
                {
                    var copy = descriptor.Parser.ParseFrom(message.ToByteString());
                    if (value is not null)
                        field.Accessor.SetValue(copy, value);
                    return copy;
                }),
            ];
        }

        return all;
    }

    /// <summary>What comes back of a call, as text.</summary>
    private static async Task<List<string>> CallAsync(TestServer server, IMethod method, Metadata headers, IMessage[] requests)
    {
        var raw = new Method<byte[], byte[]>(
            MethodType.DuplexStreaming, method.ServiceName, method.Name,
            Marshallers.Create(static (byte[] bytes) => bytes, static bytes => bytes),
            Marshallers.Create(static (byte[] bytes) => bytes, static bytes => bytes));
        using var call = server.Channel.CreateCallInvoker().AsyncDuplexStreamingCall(raw, null, new CallOptions(headers));
        var answers = new List<string>();
        var reading = ReadAsync();
        foreach (var request in requests)
            await call.RequestStream.WriteAsync(request.ToByteArray()).InTime("the request");
        await call.RequestStream.CompleteAsync().InTime("its end");
        await reading.InTime("the answers");
        return answers;

        async Task ReadAsync()
        {
            try
            {
                await foreach (var answer in call.ResponseStream.ReadAllAsync())
                    answers.Add(Encoding.UTF8.GetString(answer));
            }
            catch (RpcException refused) when (method.Type == MethodType.Unary)
            {
                answers.Add(refused.Status.Detail);
            }
        }
    }

    private static List<(string User, string Row)> Journal(TestServer server)
    {
        using var connection = LedgerEdit.Open(server.LedgerPath);
        using var command = connection.CreateCommand();
        command.CommandText = "SELECT u.name, j.* FROM journal j JOIN user u ON u.key = j.user ORDER BY j.seq";
        using var reader = command.ExecuteReader();
        var rows = new List<(string, string)>();
        while (reader.Read())
        {
            rows.Add((reader.GetString(0), string.Join('|', Enumerable.Range(1, reader.FieldCount - 1)
                .Select(i => reader.GetValue(i) is byte[] bytes ? Convert.ToHexString(bytes) : $"{reader.GetValue(i)}"))));
        }

        return rows;
    }

    private static List<string> Paths(TestServer server) =>
    [
        .. server.Services.GetServices<EndpointDataSource>().SelectMany(source => source.Endpoints).OfType<RouteEndpoint>()
            .Select(endpoint => "/" + endpoint.RoutePattern.RawText!.TrimStart('/')
                .Replace("{unimplementedMethod:grpcunimplemented}", "unimplemented", StringComparison.Ordinal)
                .Replace("{unimplementedService:grpcunimplemented}", "unimplemented", StringComparison.Ordinal))
            .Distinct(),
    ];
}
