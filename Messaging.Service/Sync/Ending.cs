using Grpc.Core;

namespace Messaging.Service.Sync;

/// <summary>How a stream comes to its end (protocol §2, §9).</summary>
/// <param name="Status">What the peer is told.</param>
/// <param name="Manner">What is still done before.</param>
/// <param name="Reason">The trailer <c>messaging-reason</c>, where there is one.</param>
internal sealed record Ending(Status Status, EndingManner Manner, string? Reason = null)
{
    public const string ReasonTrailer = "messaging-reason";

    public static readonly Ending HalfClosed = new(Status.DefaultSuccess, EndingManner.Served) { Name = "half_closed" };

    public static readonly Ending Replaced = new(
        new Status(StatusCode.Aborted, "another stream of this device has been opened"),
        EndingManner.AtOnce, "replaced") { Name = "replaced" };

    public static readonly Ending Revoked = new(
        new Status(StatusCode.PermissionDenied, "this device has been removed from the account; it needs a new id to come back"),
        EndingManner.AtOnce, "device_revoked") { Name = "device_revoked" };

    public static readonly Ending TooManyDevices = new(
        new Status(StatusCode.ResourceExhausted, "the user has as many devices as they may; remove one of them"),
        EndingManner.AtOnce, "too_many_devices") { Name = "too_many_devices" };

    public static readonly Ending Draining = new(
        new Status(StatusCode.Unavailable, "the server is shutting down; connect again"), EndingManner.Answered) { Name = "draining" };

    public static readonly Ending DrainedTooLong = Draining with { Manner = EndingManner.AtOnce, Name = "drained_too_long" };

    public static readonly Ending Undecodable = new(
        new Status(StatusCode.InvalidArgument, "the bytes are no frame"), EndingManner.Answered) { Name = "undecodable" };

    public static readonly Ending Abuse = new(
        new Status(StatusCode.ResourceExhausted, "too many invalid frames in a row"), EndingManner.Answered) { Name = "abuse" };

    public static readonly Ending OverRate = new(
        new Status(StatusCode.ResourceExhausted, "this device goes on sending too fast"), EndingManner.Answered) { Name = "over_rate" };

    public static readonly Ending Aged = new(
        new Status(StatusCode.Unavailable, "the stream is old enough; connect again"), EndingManner.Answered) { Name = "aged" };

    public static readonly Ending Stalled = new(
        new Status(StatusCode.ResourceExhausted, "the peer does not read"), EndingManner.AtOnce) { Name = "stalled" };

    public static readonly Ending Expired = new(
        new Status(StatusCode.Unauthenticated, "what the caller was told by has expired; connect again with a new one"),
        EndingManner.Answered) { Name = "expired" };

    public static readonly Ending Gone = new(
        new Status(StatusCode.Cancelled, "the peer is gone"), EndingManner.AtOnce) { Name = "gone" };

    public static readonly Ending Failed = new(
        new Status(StatusCode.Internal, "the server failed; connect again"), EndingManner.AtOnce) { Name = "failed" };

    public static readonly Ending NotOpened = new(
        new Status(StatusCode.Unavailable, "the store is busy; connect again"), EndingManner.AtOnce) { Name = "store_busy" };

    public static readonly Ending FenceFull = new(
        new Status(StatusCode.Unavailable, "too many messages wait for the retry of an earlier one; connect again"),
        EndingManner.Answered) { Name = "fence_full" };

    public static readonly Ending FencedTooLong = new(
        new Status(StatusCode.Unavailable, "a refused message has not come again; connect again"),
        EndingManner.Answered) { Name = "fenced_too_long" };

    public static readonly Ending WentBack = new(
        new Status(
            StatusCode.FailedPrecondition,
            "messaging-position is past the queue's head: the ledger went back in time; its operator must give it a "
            + "new epoch"),
        EndingManner.AtOnce) { Name = "went_back" };

    /// <summary>There is too much of the user already.</summary>
    public static Ending NotAdmitted(string why) =>
        new(new Status(StatusCode.ResourceExhausted, why), EndingManner.AtOnce) { Name = "not_admitted" };

    /// <summary>What operators are told: one of few, in the log and among the attributes of metrics.</summary>
    public string Name { get; init; } = "other";
}
