using Messaging.Service.Delivery;
using Messaging.Service.Ledger;
using Messaging.Tests.Protocol;
using Messaging.V1;
using NUnit.Framework;

namespace Messaging.Tests.Delivery;

public sealed class SignalReadingTests
{
    // Protocol §8: the first row that fits. Each case sets what later rows would want as well.
    private static readonly object[] Rows =
    [
        new object[] { SignalRow.ErrorReport, With(SignalKind.Error, SignalStatus.Played, read: true, received: true) },
        new object[] { SignalRow.Played, With(SignalKind.Request, SignalStatus.Played, read: true, received: true) },
        new object[] { SignalRow.Read, With(SignalKind.Request, SignalStatus.Typing, read: true, received: true) },
        new object[] { SignalRow.Awareness, With(SignalKind.Request, SignalStatus.Typing, read: false, received: true) },
        new object[] { SignalRow.Awareness, With(SignalKind.Unspecified, (SignalStatus)77, read: false, received: false) },
        new object[]
        {
            SignalRow.Acknowledge, With(SignalKind.Request, SignalStatus.Unspecified, read: false, received: true),
        },
        new object[]
        {
            SignalRow.Reread, With(SignalKind.Request, SignalStatus.Unspecified, read: false, received: false),
        },
        new object[]
        {
            SignalRow.None, With(SignalKind.Response, SignalStatus.Unspecified, read: false, received: false),
        },
        new object[] { SignalRow.None, new Signal { Id = "x", SignalOffset = 4 } },
    ];

    [TestCaseSource(nameof(Rows))]
    [Protocol("8.1", "8.2", "8.3", "8.4", "8.5", "8.6")]
    public void The_first_row_that_fits_says_what_it_is(object row, Signal signal) =>
        Assert.That(SignalReading.RowOf(signal), Is.EqualTo(row));

    [Test]
    public void A_read_acknowledges_only_where_it_says_received()
    {
        var both = With(SignalKind.Unspecified, SignalStatus.Unspecified, read: true, received: true);
        var one = With(SignalKind.Unspecified, SignalStatus.Unspecified, read: true, received: false);
        Assert.That(SignalReading.AcknowledgedBy(both), Is.EqualTo(new SignalOffset(5)));
        Assert.That(SignalReading.AcknowledgedBy(one), Is.EqualTo(SignalOffset.None));
    }

    private static Signal With(SignalKind kind, SignalStatus status, bool read, bool received) => new()
    {
        Type = kind,
        Status = status,
        SignalOffset = 5,
        SignalAckState = new SignalAckState { Read = read, Received = received },
    };
}
