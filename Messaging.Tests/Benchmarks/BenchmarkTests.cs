using System.Text.Json;
using System.Xml.Linq;
using Messaging.Tests.Support;
using NUnit.Framework;

namespace Messaging.Tests.Benchmarks;

/// <summary>The benchmark program, run as people run it, for a moment each: it measures, judges and says no.</summary>
internal sealed class BenchmarkTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(90);

    private readonly TemporaryFolder _folder = TemporaryFolder.Create();

    private static string Program => AppContext.BaseDirectory.Replace(
        "Messaging.Tests", "Messaging.Benchmarks", StringComparison.Ordinal).TrimEnd(Path.DirectorySeparatorChar) + "/Messaging.Benchmarks.dll";

    [OneTimeTearDown]
    public void End() => _folder.Dispose();

    [Test]
    public async Task A_chat_is_measured_compared_and_drawn()
    {
        var file = _folder.File("chat.json");
        var chat = await RunAsync(
            "chat", "--start", "--pairs", "2", "--in-flight", "4", "--seconds", "1", "--warmup", "0", "--heat", "0",
            "--repeat", "2", "--dir", _folder.Path, "--json", file);
        Assert.That(chat.Code, Is.Zero, chat.Output);
        Assert.That(chat.Output, Does.Contain("round trips").And.Contain("floor"));

        using var json = JsonDocument.Parse(await File.ReadAllTextAsync(file));
        var report = json.RootElement.GetProperty("reports")[0];
        Assert.That(report.GetProperty("command").GetString(), Is.EqualTo("chat"));
        Assert.That(report.GetProperty("figures").GetArrayLength(), Is.GreaterThan(10));

        var compared = await RunAsync("compare", file, file);
        Assert.That(compared.Code, Is.Zero, compared.Output);

        var picture = _folder.File("chat.svg");
        Assert.That((await RunAsync("chart", file, picture)).Code, Is.Zero);
        Assert.That(XDocument.Load(picture).Root!.Name.LocalName, Is.EqualTo("svg"));
        Assert.That(await File.ReadAllTextAsync(picture), Does.Contain("Messaging"));
    }

    [Test]
    public async Task A_queue_is_drained_and_judged()
    {
        var drain = await RunAsync("drain", "--messages", "500", "--heat", "0", "--repeat", "1", "--dir", _folder.Path);
        Assert.That(drain.Code, Is.Zero, drain.Output);
        Assert.That(drain.Output, Does.Contain("drained messages/s"));
        Assert.That(drain.Output, Does.Match("(met|NOT MET) +messages/s of 500 queued"));
    }

    [Test]
    public async Task A_soak_breaks_and_judges_everything_and_is_drawn()
    {
        var file = _folder.File("soak.json");
        var soak = await RunAsync(
            TimeSpan.FromMinutes(8), "soak", "--seconds", "20", "--pairs", "2", "--rate", "40", "--gap", "1", "--restarts", "4",
            "--dir", _folder.Path, "--json", file);
        Assert.That(soak.Code, Is.Zero, soak.Output);
        Assert.That(soak.Output, Does.Match("[1-9][0-9]* messages, each once and in order").And.Contain("Nothing is wrong"));
        Assert.That(soak.Output, Does.Match("faults .*(Drain|Kill) [1-9]"));

        var picture = _folder.File("soak.svg");
        var chart = await RunAsync("chart", file, picture, "--of", "soak");
        Assert.That(chart.Code, Is.Zero, chart.Output);
        Assert.That(XDocument.Load(picture).Root!.Name.LocalName, Is.EqualTo("svg"));
        Assert.That(await File.ReadAllTextAsync(picture), Does.Contain("received p99").And.Contain("Reopen"));
    }

    [TestCase("chat --start --pairs none", "--pairs")]
    [TestCase("chat --unknown", "--unknown")]
    [TestCase("nothing", "nothing")]
    public async Task What_cannot_be_understood_is_said(string words, string what)
    {
        var (code, output) = await RunAsync(words.Split(' '));
        Assert.That(code, Is.Not.Zero);
        Assert.That(output, Does.Contain(what));
    }

    [TestCase("chat")]
    [TestCase("floor")]
    [TestCase("drain")]
    [TestCase("idle")]
    [TestCase("storm")]
    [TestCase("grow")]
    [TestCase("client")]
    [TestCase("peers")]
    [TestCase("compare")]
    [TestCase("chart")]
    [TestCase("micro")]
    [TestCase("soak")]
    [TestCase("all")]
    public async Task Each_command_is_explained(string command)
    {
        var (code, output) = await RunAsync(command, "--help");
        Assert.That(code, Is.Zero);
        Assert.That(output, Does.StartWith(command));
        Assert.That((await RunAsync("--help")).Output, Does.Contain($"  {command}"));
    }

    private static Task<(int Code, string Output)> RunAsync(params string[] words) => RunAsync(Patience, words);

    private static Task<(int Code, string Output)> RunAsync(TimeSpan patience, params string[] words) =>
        OtherProgram.RunAsync("dotnet", [Program, .. words], patience);
}
