using Messaging.Service.Hosting;

return await MessagingApplication.RunAsync(args);
