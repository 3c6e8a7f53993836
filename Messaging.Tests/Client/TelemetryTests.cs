using System.Diagnostics;
using System.Diagnostics.Metrics;
using Grpc.Core;
using Messaging.Client;
using Messaging.Tests.Client.Support;
using Messaging.Tests.Support;
using NUnit.Framework;

namespace Messaging.Tests.Client;

/// <summary>What a listener hears of a client against the real service.</summary>
[NonParallelizable]
internal sealed class TelemetryTests
{
    private readonly List<(string Name, double Value, Dictionary<string, object?> Tags)> _measured = [];
    private readonly List<Activity> _ended = [];

    [SetUp]
    public void Begin()
    {
        Forget();
        lock (_ended)
            _ended.Clear();
    }

    [Test]
    public async Task Messages_are_counted_timed_and_traced_without_saying_whose_they_are()
    {
        using var meters = Listen();
        using var activities = Trace();
        await using var server = await TestServer.StartAsync();
        await using (var alice = Start(server, "alice"))
        await using (var bob = Start(server, "bob"))
        {
            var handle = await alice.SendAsync("bob", "secret"u8.ToArray());
            await handle.Accepted.InTime("it is accepted");
            await foreach (var message in bob.ReceiveAsync())
            {
                if (message.Id == handle.Id)
                    break;
            }

            var again = await alice.SendAsync(new OutgoingMessage { To = "bob", Id = handle.Id, Payload = "other"u8.ToArray() });
            Assert.CatchAsync<MessageRefusedException>(() => again.Accepted.InTime("it is refused"));
            await Wait.Eventually("both ends are heard", () => Measured("messaging.client.sent.messages").Count == 2);
            meters.RecordObservableInstruments();

            Assert.That(Measured("messaging.client.sent.messages").Select(m => m.Tags.GetValueOrDefault("error.type")),
                Is.EquivalentTo(new object?[] { null, "already_exists" }));
            Assert.That(Measured("messaging.client.operation.duration").Select(m => m.Value), Is.All.InRange(0, 60));
            Assert.That(Measured("messaging.client.consumed.messages"), Is.Not.Empty);
            Assert.That(Measured("messaging.client.connections").Sum(m => m.Value), Is.GreaterThanOrEqualTo(2));
            Assert.That(Measured("messaging.client.waiting").Single().Value, Is.GreaterThanOrEqualTo(0));
            Assert.That(Measured("").SelectMany(m => m.Tags.Values).Select(value => value?.ToString()),
                Has.None.Contains("alice").And.None.Contains("bob").And.None.Contains(handle.Id));

            await Wait.Eventually("both are traced", () => Ended("send").Count == 2);
            var sent = Ended("send").First(activity => activity.Status == ActivityStatusCode.Unset);
            Assert.That(sent.GetTagItem("messaging.message.id"), Is.EqualTo(handle.Id));
            Assert.That(sent.GetTagItem("messaging.system"), Is.EqualTo("messaging"));
            Assert.That(sent.GetTagItem("messaging.message.body.size"), Is.EqualTo(6));
            Assert.That(Ended("send").Select(activity => activity.GetTagItem("error.type")), Has.Some.EqualTo("already_exists"));
        }
    }

    [Test]
    public async Task Sending_leaves_its_caller_in_the_activity_that_it_was_in()
    {
        using var activities = Trace();
        await using var client = MessagingClient.Start(new MessagingClientOptions
        {
            Address = new Uri("http://127.0.0.1:1"), User = "alice", Device = "phone",
        });
        using var own = new Activity("own").Start();
        await client.SendAsync("bob", "a"u8.ToArray());
        Assert.That(Activity.Current, Is.SameAs(own));
    }

    [Test]
    public async Task A_stream_is_one_span_and_the_service_goes_on_with_its_trace()
    {
        using var activities = Trace();
        await using var server = await TestServer.StartAsync();
        using (new Activity("whoever made the client").Start())
        {
            await using var alice = Start(server, "alice");
            await alice.WaitUntilConnectedAsync();
        }

        await Wait.Eventually("both ends are over", () =>
            Ended("sync").Count == 1 && Ended("Microsoft.AspNetCore.Hosting.HttpRequestIn").Count == 1);
        var stream = Ended("sync").Single();
        var served = Ended("Microsoft.AspNetCore.Hosting.HttpRequestIn").Single();
        Assert.That(stream.Parent, Is.Null);
        Assert.That(served.TraceId, Is.EqualTo(stream.TraceId));
        Assert.That(stream.GetTagItem("server.address"), Is.EqualTo("127.0.0.1"));
    }

    [Test]
    public async Task A_stream_carries_a_trace_of_its_own_and_not_that_of_the_request_that_made_the_client()
    {
        using var activities = Trace();
        using var request = new Activity("request").Start();
        var asked = await FirstHeadersAsync();
        await Wait.Eventually("the stream is traced", () => Ended("sync").Count == 1);
        var stream = Ended("sync").Single();
        Assert.That(stream.ParentId, Is.Null);
        Assert.That(stream.GetTagItem("server.address"), Is.EqualTo("127.0.0.1"));
        Assert.That(asked.GetValue("traceparent"), Does.StartWith($"00-{stream.TraceId}-"));
        Assert.That(Activity.Current, Is.SameAs(request));
    }

    [Test]
    public async Task A_stream_carries_no_trace_where_nobody_listens()
    {
        using var request = new Activity("request").Start();
        var asked = await FirstHeadersAsync();
        Assert.That(asked.GetValue("traceparent") ?? "", Does.Not.Contain(request.TraceId.ToString()));
    }

    [Test]
    public async Task A_message_is_in_process_until_the_next_one_is_asked_for_or_the_loop_is_left()
    {
        using var meters = Listen();
        using var activities = Trace();
        await using var server = await TestServer.StartAsync();
        await using var alice = Start(server, "alice");
        await using var bob = Start(server, "bob");
        using var own = new Activity("own").Start();
        string[] ids = [(await alice.SendAsync("bob", "1"u8.ToArray())).Id, (await alice.SendAsync("bob", "2"u8.ToArray())).Id];
        await foreach (var message in bob.ReceiveAsync())
        {
            Assert.That(Activity.Current, Is.SameAs(own));
            Assert.That(Ended("process"), Has.Count.EqualTo(message.Id == ids[0] ? 0 : 1));
            if (message.Id == ids[1])
                break;
        }

        Assert.That(Ended("process").Select(activity => activity.GetTagItem("messaging.message.id")), Is.EqualTo(ids));
        Assert.That(Ended("process").Select(activity => activity.ParentSpanId), Is.All.EqualTo(own.SpanId));
        Assert.That(Measured("messaging.process.duration"), Has.Count.EqualTo(1));
        Assert.That(Activity.Current, Is.SameAs(own));
    }

    [Test]
    public async Task Lost_streams_are_counted_and_what_a_server_says_does_not_become_an_attribute()
    {
        using var meters = Listen();
        using var activities = Trace();
        var streams = 0;
        await using var server = await KestrelScript.StartAsync(async (up, down, call) =>
        {
            if (Interlocked.Increment(ref streams) == 1)
                return;
            await call.WriteResponseHeadersAsync(new Metadata { { "messaging-epoch", "e1" } });
            await down.WriteAsync(Down.Position(0));
            while (await up.MoveNext(call.CancellationToken))
                await down.WriteAsync(Down.Error(up.Current.Message.Id, "alice has no friends: bob"));
        });
        await using var client = MessagingClient.Start(new MessagingClientOptions
        {
            Address = server.Address, User = "alice", Device = "phone", ReconnectBaseDelay = TimeSpan.FromMilliseconds(1),
        });
        var handle = await client.SendAsync("bob", "a"u8.ToArray());
        Assert.CatchAsync<MessageRefusedException>(() => handle.Accepted.InTime("it is refused"));
        await Wait.Eventually("it is traced", () => Ended("send").Count == 1);

        Assert.That(Measured("messaging.client.reconnects").Sum(m => m.Value), Is.EqualTo(1));
        Assert.That(Measured("messaging.client.sent.messages").Single().Tags["error.type"], Is.EqualTo("_OTHER"));
        Assert.That(Ended("send").Single().GetTagItem("error.type"), Is.EqualTo("_OTHER"));
        Assert.That(Ended("send").Single().StatusDescription, Is.Null);
    }

    [Test]
    public async Task A_client_is_counted_until_it_has_ended()
    {
        using var meters = Listen();
        meters.RecordObservableInstruments();
        var before = Measured("messaging.client.connections").Sum(m => m.Value);
        await using (MessagingClient.Start(new MessagingClientOptions
        {
            Address = new Uri("http://127.0.0.1:1"), User = "alice", Device = "phone",
        }))
        {
            Forget();
            meters.RecordObservableInstruments();
            Assert.That(Measured("messaging.client.connections").Sum(m => m.Value), Is.EqualTo(before + 1));
        }

        Forget();
        meters.RecordObservableInstruments();
        Assert.That(Measured("messaging.client.connections").Sum(m => m.Value), Is.EqualTo(before));
    }

    [Test]
    public void Nothing_is_allocated_where_nobody_listens()
    {
        var heard = false;
        void Run()
        {
            heard |= ClientTelemetry.HearsSending;
            ClientTelemetry.Give("id").Handled();
            ClientTelemetry.Reconnect();
        }

        Run();
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 1000; i++)
            Run();
        Assert.That(GC.GetAllocatedBytesForCurrentThread() - before, Is.Zero);
        Assert.That(heard, Is.False);
    }

    /// <summary>The headers of a client's first stream; the client has ended when they are here.</summary>
    private static async Task<Metadata> FirstHeadersAsync()
    {
        var asked = new TaskCompletionSource<Metadata>(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var server = await KestrelScript.StartAsync(async (up, down, call) =>
        {
            asked.TrySetResult(call.RequestHeaders);
            await call.WriteResponseHeadersAsync(new Metadata { { "messaging-epoch", "e1" } });
            await down.WriteAsync(Down.Position(0));
            while (await up.MoveNext(call.CancellationToken))
            {
            }
        });
        await using var client = MessagingClient.Start(new MessagingClientOptions
        {
            Address = server.Address, User = "alice", Device = "phone",
        });
        return await asked.Task.InTime("the stream is opened");
    }

    private void Forget()
    {
        lock (_measured)
            _measured.Clear();
    }

    private MeterListener Listen()
    {
        var listener = new MeterListener
        {
            InstrumentPublished = (instrument, self) =>
            {
                if (instrument.Meter.Name == "Messaging.Client")
                    self.EnableMeasurementEvents(instrument);
            },
        };
        listener.SetMeasurementEventCallback<long>((instrument, value, tags, _) => Hear(instrument.Name, value, tags));
        listener.SetMeasurementEventCallback<int>((instrument, value, tags, _) => Hear(instrument.Name, value, tags));
        listener.SetMeasurementEventCallback<double>((instrument, value, tags, _) => Hear(instrument.Name, value, tags));
        listener.Start();
        return listener;
    }

    private ActivityListener Trace()
    {
        var listener = new ActivityListener
        {
            ShouldListenTo = source => source.Name is "Messaging.Client" or "Microsoft.AspNetCore",
            Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllDataAndRecorded,
            ActivityStopped = activity =>
            {
                lock (_ended)
                    _ended.Add(activity);
            },
        };
        ActivitySource.AddActivityListener(listener);
        return listener;
    }

    private void Hear(string name, double value, ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        var heard = (name, value, tags.ToArray().ToDictionary());
        lock (_measured)
            _measured.Add(heard);
    }

    private List<(string Name, double Value, Dictionary<string, object?> Tags)> Measured(string name)
    {
        lock (_measured)
            return [.. _measured.Where(m => name.Length == 0 || m.Name == name)];
    }

    private List<Activity> Ended(string name)
    {
        lock (_ended)
            return [.. _ended.Where(activity => activity.OperationName == name)];
    }

    private static MessagingClient Start(TestServer server, string user) => MessagingClient.Start(
        new MessagingClientOptions { Address = new Uri(server.Address), User = user, Device = "phone" });
}
