using Grpc.Core;
using Messaging.Service.Ledger;
using Messaging.Service.Sync;
using NUnit.Framework;

namespace Messaging.Tests.Sync;

public sealed class StreamRequestTests
{
    [TestCase("1", 1)]
    [TestCase("64", 64)]
    [TestCase("007", 7)]
    [TestCase("65", 64)]
    [TestCase("99999999999999999999", 64)]
    [TestCase("0", 64)]
    [TestCase("-1", 64)]
    [TestCase("+5", 64)]
    [TestCase("5.0", 64)]
    [TestCase("many", 64)]
    public void A_window_is_cut_down_to_the_limit_and_anything_else_is_ignored(string value, int window) =>
        Assert.That(Read("messaging-window", value).Window, Is.EqualTo(window));

    [TestCase("epoch/5", 5)]
    [TestCase("epoch/0", 0)]
    [TestCase("other/5", 0)]
    [TestCase("epoch/-5", 0)]
    [TestCase("epoch/", 0)]
    [TestCase("epoch/99999999999", 0)]
    [TestCase("5", 0)]
    public void A_position_counts_under_the_same_epoch(string value, int offset) =>
        Assert.That(Read("messaging-position", value).Position, Is.EqualTo(new SignalOffset(offset)));

    [TestCase("head", true)]
    [TestCase("HEAD", false)]
    [TestCase("5", false)]
    public void A_start_is_at_the_head_or_not_asked_for(string value, bool isHead) =>
        Assert.That(Read("messaging-start", value).StartsAtHead, Is.EqualTo(isHead));

    private static StreamRequest Read(string header, string value) =>
        StreamRequest.Read(new Metadata { { header, value } }, "epoch", maxWindow: 64);
}
