using System.Collections.Concurrent;
using System.Diagnostics;
using System.Diagnostics.Metrics;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Google.Protobuf;
using Grpc.Core;
using Messaging.Tests.Protocol;
using Messaging.Tests.Support;
using Messaging.V1;
using NUnit.Framework;
using static Messaging.Tests.Security.Callers.TokenMaker;

namespace Messaging.Tests.Security.Callers;

/// <summary>
/// A day of a service, with tokens, certificates, accounts, refusals and a failing store; then everything that it has said
/// of it (every log line at the lowest level, every tag of a metric or a span) is searched for what nobody may read there.
/// </summary>
[TestFixture]
[NonParallelizable]
public sealed class SecretsTests
{
    private const string Written = "what-alice-wrote-to-bob", Label = "label-of-alices-phone", Reported = "what-bob-complains-of";
    private const string User = "alice-7c1", Peer = "bob-7c1", Worker = "worker-7c1";

    private readonly ConcurrentQueue<string> tags = new();
    private readonly Dictionary<string, string> secrets = [];

    [Test]
    public async Task Nothing_secret_is_logged_traced_or_counted()
    {
        using var tokens = new TokenMaker();
        using var certificates = new CertificateMaker();
        using var certificate = certificates.ForClient($"messaging:{Peer}");
        using var expired = certificates.ForClient($"messaging:{Peer}", -10, -1);
        using var log = new EveryLine();
        using var meters = ListenToMetrics();
        using var traces = ListenToTraces();
        await using (var server = await TestServer.StartAsync(log.AddTo,
        [
            .. certificates.Settings, .. tokens.Settings, "--Messaging:Authentication:Mode=Token, Certificate",
            "--Messaging:Telemetry:LinesPerSecond=100000", "--Messaging:Limits:UserCallsPerMinute=8",
        ]))
        {
            using var channel = certificates.Channel(server.Address, null);
            using var certain = certificates.Channel(server.Address, certificate);
            using var late = certificates.Channel(server.Address, expired);
            await LiveAsync(server, channel.CreateCallInvoker(), certain.CreateCallInvoker(), tokens);
            await RefuseAsync(channel.CreateCallInvoker(), late.CreateCallInvoker(), tokens);
            await server.StopAsync();
        }

        Keep(tokens, certificates, certificate);
        Assert.That(log.Lines, Has.Some.Contains("signed in by Token").And.Some.Contains("signed in by Certificate")
            .And.Some.Contains("sends as").And.Some.Contains("refused: Unauthenticated").And.Some.Contains("refused for now")
            .And.Some.Contains("Http2 Trace"), "it was listened to");
        Assert.That(tags, Has.Some.Contains("messaging.server.accepted.messages").And.Some.Contains("accept ")
            .And.Some.Contains("http.server.request.duration"));
        foreach (var (name, secret) in secrets)
        {
            Assert.That(log.Lines.Where(line => line.Contains(secret, StringComparison.OrdinalIgnoreCase)).Take(2), Is.Empty, name);
            Assert.That(tags.Where(tag => tag.Contains(secret, StringComparison.OrdinalIgnoreCase)).Take(2), Is.Empty, name);
        }

        foreach (var user in new[] { User, Peer, Worker })
            Assert.That(tags.Where(tag => tag.Contains(user, StringComparison.Ordinal)).Take(2), Is.Empty, $"{user} in a tag");
        await TestContext.Out.WriteLineAsync($"{log.Lines.Count} lines, {tags.Count} tags, {secrets.Count} secrets");
    }

    private async Task LiveAsync(TestServer server, CallInvoker invoker, CallInvoker certain, TokenMaker tokens)
    {
        var traced = Header(Token(tokens, User));
        traced.Add("traceparent", $"00-{ActivityTraceId.CreateRandom()}-{ActivitySpanId.CreateRandom()}-01");
        await using var alice = await ProbeDevice.ConnectAsync(invoker, $"{User}/phone", traced);
        await using var bob = await ProbeDevice.ConnectAsync(certain, $"{Peer}/phone");
        await using var worker = await ProbeDevice.ConnectAsync(
            invoker, $"{Worker}/one", Header(Token(tokens, Worker, ("scope", "send-as"))));
        await alice.SendAsync(Peer, "m1", Written);
        var encrypted = Convert.ToBase64String(Encoding.UTF8.GetBytes(Written));
        await alice.AskAsync(new Message
        {
            Id = "m2", To = new Identity { User = Peer }, EncryptionType = "x", Encrypted = encrypted, Signature = encrypted,
        });
        var forged = ProbeDevice.Text(Peer, "m3", Written);
        forged.From = new Identity { User = Worker };
        await alice.AskAsync(forged);
        await alice.AskAsync(new Message { Id = "m4", Payload = ByteString.CopyFromUtf8(Written) });
        await alice.AskAsync(new Message(ProbeDevice.Text(Peer, "m1", Written + "!")), isRepeat: true);
        var asAlice = ProbeDevice.Text(Peer, "w1", Written);
        asAlice.From = new Identity { User = User };
        await worker.AskAsync(asAlice);
        await bob.MessagesAsync(3);
        await bob.ReadAsync(User, "m1");
        await bob.AskAsync(new Signal { Id = "m1", To = new Identity { User = User }, Type = SignalKind.Error, Error = Reported });
        await alice.AskAsync(new Signal { Id = "s", To = new Identity { User = Peer }, Status = SignalStatus.Typing });
        await using (await server.OccupyStoreAsync())
            await alice.SendAsync(Peer, "m5", Written);

        var account = new AccountService.AccountServiceClient(invoker);
        var headers = Header(Token(tokens, User));
        headers.Add("messaging-device", "phone");
        var history = new HistoryService.HistoryServiceClient(invoker);
        var read = await history.ListAsync(new HistoryServiceListRequest { User = Peer }, headers).InCallTime();
        Assert.That(read.Messages.Select(message => message.Payload.ToStringUtf8()), Has.Some.EqualTo(Written));
        await history.ConversationsAsync(new HistoryServiceConversationsRequest(), headers).InCallTime();
        await account.NameDeviceAsync(new NameDeviceRequest { Device = "phone", Label = Label }, headers).InCallTime();
        await TryAsync(() => account.NameDeviceAsync(new NameDeviceRequest { Device = "none", Label = Label }, headers).InCallTime());
        await TryAsync(() => account.NameDeviceAsync(new NameDeviceRequest { Device = "phone", Label = Label + "\n" }, headers).InCallTime());
        await account.ListDevicesAsync(new ListDevicesRequest(), headers).InCallTime();
        await account.BlockUserAsync(new BlockUserRequest { User = "somebody" }, headers).InCallTime();
        await TryAsync(() => account.ListBlockedAsync(new ListBlockedRequest { PageToken = Written }, headers).InCallTime());
        await account.RevokeDeviceAsync(new RevokeDeviceRequest { Device = "phone" }, headers).InCallTime();
        await alice.EndAsync();
        for (var i = 0; i < 3; i++)
            await TryAsync(() => account.NameDeviceAsync(new NameDeviceRequest { Device = "phone", Label = Label }, headers).InCallTime());
    }

    private async Task RefuseAsync(CallInvoker invoker, CallInvoker late, TokenMaker tokens)
    {
        using var another = new TokenMaker();
        var claims = Claims(User).ToJsonString();
        var good = Token(tokens, User);
        string[] bad =
        [
            Token(another, User), Token(tokens, User, ("exp", SecondsFromNow(-600))), Token(tokens, User, ("aud", "another")),
            Token(tokens, User, ("iss", "another")), Token(tokens, "a\0b"), Token(tokens, User, ("device", "another")),
            Token(tokens, User, ("more", new string('x', 9_000))), good[..^20], tokens.Sign("no json"),
            tokens.Sign(claims, """{"alg":"RS256","crit":["b64"],"b64":false}"""),
            Join("""{"alg":"HS256"}""", claims, text => HMACSHA256.HashData(Encoding.ASCII.GetBytes(tokens.Pem), text)),
        ];
        foreach (var token in bad)
        {
            Keep($"a bad token {secrets.Count}", token.Split('.')[^1]);
            await TryAsync(() => ProbeDevice.ConnectAsync(invoker, $"{User}/tablet", Header(token)));
        }

        Keep("a password", "YWxpY2U6cGFzc3dvcmQ");
        await TryAsync(() => ProbeDevice.ConnectAsync(invoker, $"{User}/tablet", new Metadata { { "authorization", "Basic YWxpY2U6cGFzc3dvcmQ=" } }));
        var two = Header(good);
        two.Add("authorization", $"Bearer {good}");
        await TryAsync(() => ProbeDevice.ConnectAsync(invoker, $"{User}/tablet", two));
        await TryAsync(() => ProbeDevice.ConnectAsync(late, $"{Peer}/phone"));

        // No frames: bytes that do not decode, a frame that is too large, one that is compressed.
        var raw = new Method<byte[], byte[]>(
            MethodType.DuplexStreaming, "messaging.v1.MessagingService", "Sync",
            Marshallers.Create(static (byte[] bytes) => bytes, static bytes => bytes),
            Marshallers.Create(static (byte[] bytes) => bytes, static bytes => bytes));
        var text = Encoding.UTF8.GetBytes(Written);
        foreach (var bytes in (byte[][])[[0x0A, 0x7F, .. text], [.. Enumerable.Repeat(text, 100_000).SelectMany(one => one)]])
        {
            var headers = Header(good);
            headers.Add("messaging-device", "tablet");
            using var call = invoker.AsyncDuplexStreamingCall(raw, null, new CallOptions(headers));
            await TryAsync(async () =>
            {
                await call.RequestStream.WriteAsync(bytes).InTime("the bytes go up");
                while (await call.ResponseStream.MoveNext(CancellationToken.None).InTime("the end"))
                {
                }
            });
        }

        var packed = Header(good);
        packed.Add("messaging-device", "tablet");
        packed.Add("grpc-internal-encoding-request", "gzip");
        using var compressed = new MessagingService.MessagingServiceClient(invoker).Sync(packed);
        await TryAsync(async () =>
        {
            await compressed.RequestStream.WriteAsync(new Frame { Message = ProbeDevice.Text(Peer, "z", Written) }).InTime("it goes up");
            while (await compressed.ResponseStream.MoveNext(CancellationToken.None).InTime("the end"))
            {
            }
        });
    }

    /// <summary>A token, whose every part is a secret from now on.</summary>
    private string Token(TokenMaker maker, string user, params (string Name, System.Text.Json.Nodes.JsonNode? Value)[] others)
    {
        var token = maker.Sign(Claims(user, others));
        Keep($"the claims of a token {secrets.Count}", token.Split('.')[1]);
        Keep($"the signature of a token {secrets.Count}", token.Split('.')[2]);
        return token;
    }

    private void Keep(TokenMaker tokens, CertificateMaker certificates, X509Certificate2 certificate)
    {
        foreach (var (name, text) in new[] { ("a payload", Written), ("a label", Label), ("a report", Reported) })
        {
            Keep(name, text);
            Keep($"{name} in base64", Convert.ToBase64String(Encoding.UTF8.GetBytes(text))[..20]);
            Keep($"{name} in hex", Convert.ToHexString(Encoding.UTF8.GetBytes(text)));
        }

        var rsa = tokens.Rsa.ExportParameters(includePrivateParameters: true);
        Keep("the token key", tokens.Pem.Split('\n')[1]);
        Keep("its modulus", Convert.ToHexString(rsa.Modulus!));
        Keep("its private exponent", Convert.ToBase64String(rsa.D!)[..40]);
        Keep("the server's private key", File.ReadAllLines(certificates.ServerKeyFile)[1]);
        Keep("the client's private key", certificate.GetECDsaPrivateKey()!.ExportPkcs8PrivateKeyPem().Split('\n')[1]);
        Keep("the client's certificate", certificate.ExportCertificatePem().Split('\n')[2]);
    }

    private void Keep(string name, string secret) => secrets[name] = secret;

    private MeterListener ListenToMetrics()
    {
        var listener = new MeterListener { InstrumentPublished = static (instrument, listener) => listener.EnableMeasurementEvents(instrument) };
        listener.SetMeasurementEventCallback<long>(Count);
        listener.SetMeasurementEventCallback<int>(Count);
        listener.SetMeasurementEventCallback<double>(Count);
        listener.Start();
        return listener;

        void Count<T>(Instrument instrument, T value, ReadOnlySpan<KeyValuePair<string, object?>> labels, object? state)
        {
            tags.Enqueue(instrument.Name);
            foreach (var (key, label) in labels)
                tags.Enqueue($"{instrument.Name} {key} {label}");
        }
    }

    private ActivityListener ListenToTraces()
    {
        var listener = new ActivityListener
        {
            ShouldListenTo = static source => source.Name.StartsWith("Microsoft.AspNetCore", StringComparison.Ordinal) || source.Name == "Messaging.Service",
            Sample = static (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllDataAndRecorded,
            ActivityStopped = span =>
            {
                tags.Enqueue($"{span.DisplayName} {span.StatusDescription} {string.Join(' ', span.Baggage)}");
                foreach (var (key, value) in span.TagObjects.Concat(span.Events.SelectMany(one => one.Tags)))
                    tags.Enqueue($"{span.DisplayName} {key} {value}");
            },
        };
        ActivitySource.AddActivityListener(listener);
        return listener;
    }

    private static async Task TryAsync(Func<Task> call)
    {
        try
        {
            await call();
            Assert.Fail("it was not refused");
        }
        catch (Exception refused) when (refused is RpcException or InvalidOperationException or IOException)
        {
            // What is said of it elsewhere is looked at.
        }
    }
}
