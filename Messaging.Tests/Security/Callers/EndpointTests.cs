using System.Net;
using Messaging.Tests.Support;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using NUnit.Framework;
using static Messaging.Tests.Security.Callers.TokenMaker;

namespace Messaging.Tests.Security.Callers;

/// <summary>Every endpoint that is mapped, called by nobody and with a bad token: shut, unless it says that it is open.</summary>
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

    private static List<string> Paths(TestServer server) =>
    [
        .. server.Services.GetServices<EndpointDataSource>().SelectMany(source => source.Endpoints).OfType<RouteEndpoint>()
            .Select(endpoint => "/" + endpoint.RoutePattern.RawText!.TrimStart('/')
                .Replace("{unimplementedMethod:grpcunimplemented}", "unimplemented", StringComparison.Ordinal)
                .Replace("{unimplementedService:grpcunimplemented}", "unimplemented", StringComparison.Ordinal))
            .Distinct(),
    ];
}
