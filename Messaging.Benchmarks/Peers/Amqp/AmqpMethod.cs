namespace Messaging.Benchmarks.Peers.Amqp;

/// <summary>Class and method as they stand in a frame.</summary>
internal enum AmqpMethod : uint
{
    Start = 10 << 16 | 10,
    StartOk = 10 << 16 | 11,
    Tune = 10 << 16 | 30,
    TuneOk = 10 << 16 | 31,
    Open = 10 << 16 | 40,
    OpenOk = 10 << 16 | 41,
    OpenChannel = 20 << 16 | 10,
    OpenChannelOk = 20 << 16 | 11,
    DeclareQueue = 50 << 16 | 10,
    DeclareQueueOk = 50 << 16 | 11,
    Consume = 60 << 16 | 20,
    ConsumeOk = 60 << 16 | 21,
    Publish = 60 << 16 | 40,
    Deliver = 60 << 16 | 60,
    Acknowledge = 60 << 16 | 80,
    SelectConfirms = 85 << 16 | 10,
    SelectConfirmsOk = 85 << 16 | 11,
}
