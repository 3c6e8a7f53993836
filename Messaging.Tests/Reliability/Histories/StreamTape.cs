using System.Globalization;
using Grpc.Core;
using Messaging.Tests.Reliability.Judging;
using Messaging.V1;

namespace Messaging.Tests.Reliability.Histories;

/// <summary>Writes down what goes over one stream, at the client's end of it.</summary>
internal sealed class StreamTape(Story story, StreamHistory history, string name)
{
    private readonly string up = $"{name} >";
    private readonly string down = $"{name} <";

    public void Began(Metadata headers)
    {
        story.Tell($"{down} headers, head {headers.GetValue("messaging-head")}");
        history.Began(
            headers.GetValue("messaging-epoch")!, Number(headers, "messaging-head"), Number(headers, "messaging-window"));
    }

    public void Up(Frame frame)
    {
        story.Tell(up, frame);
        history.Up(frame);
    }

    public void Down(Frame frame)
    {
        story.Tell(down, frame);
        history.Down(frame);
    }

    public void Ended(string how)
    {
        story.Tell($"{name} ends: {how}");
        history.Ended(how);
    }

    private static int Number(Metadata headers, string name) =>
        int.Parse(headers.GetValue(name)!, CultureInfo.InvariantCulture);
}
