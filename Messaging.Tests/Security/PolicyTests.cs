using Messaging.Service.Ledger;
using Messaging.Tests.Protocol;
using Messaging.V1;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using NUnit.Framework;

namespace Messaging.Tests.Security;

/// <summary>A host may say who reaches whom.</summary>
[TestFixture]
public sealed class PolicyTests : AccountTests
{
    private protected override void Configure(WebApplicationBuilder builder) =>
        builder.Services.AddSingleton<IMessagingPolicy, Colleagues>();

    [Test]
    [Protocol("9.9")]
    public async Task The_hosts_own_policy_decides()
    {
        var alice = await ConnectAsync("alice@a/phone");
        var other = await ConnectAsync("bob@b/phone");
        var colleague = await ConnectAsync("carol@a/phone");

        Refused(await alice.SendAsync("bob@b", "m-1"), "permission_denied");
        Refused(await alice.SendAsync("nobody@b", "m-1"), "permission_denied");
        Accepted(await alice.SendAsync("carol@a", "m-1"));
        Accepted(await alice.SendAsync("alice@a", "m-2"));
        Accepted(await alice.AskAsync(Status("bob@b", SignalStatus.Typing)));
        Accepted(await alice.AskAsync(Status("carol@a", SignalStatus.Typing)));
        await colleague.Until("alice's status", () => colleague.Frames.Any(frame => frame.Signal?.Status == SignalStatus.Typing));
        await SettleAsync(other);
        Assert.That(other.Frames, Has.None.Matches<Frame>(frame => frame.Signal?.Status == SignalStatus.Typing));
        await BlockAsync("carol@a/phone", "alice@a");
        Refused(await alice.SendAsync("carol@a", "m-3"), "permission_denied");
    }

    /// <summary>One writes within one's own company only.</summary>
    private sealed class Colleagues : IMessagingPolicy
    {
        public bool MayWrite(in Contact contact) => !contact.IsBlocked && IsAmong(contact);

        public bool MayBeSeen(in Contact contact) => IsAmong(contact);

        private static bool IsAmong(in Contact contact) => contact.From.Split('@')[1] == contact.To.Split('@')[1];
    }
}
