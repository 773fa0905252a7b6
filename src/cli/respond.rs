//! `gennaker respond`: a small HTTP service to try pipelines with.

use clap::Args;

use super::error::Told;
use super::exit_code::Exit;
use crate::model::parse_duration;
use crate::providers::local::{RespondOptions, respond};

/// Serve one answer over HTTP, to try pipelines with
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  gennaker respond --listen 127.0.0.1:8081 --body 'hello'
  PORT=8081 gennaker respond                     as an instance of a server group is started

GET /health answers 200; every other path answers the body. SIGTERM ends it gracefully.")]
pub struct RespondArgs {
    /// Address to listen on; $HOST:$PORT when absent
    #[arg(long, value_name = "HOST:PORT")]
    listen: Option<std::net::SocketAddr>,
    /// The answer; $BODY when absent
    #[arg(long, env = "BODY", default_value = "hello")]
    body: String,
    /// Status of the answer
    #[arg(long, default_value_t = 200)]
    status: u16,
    /// Time before it listens
    #[arg(long, value_name = "DURATION", default_value = "0s")]
    start_delay: String,
    /// After so many requests, /health answers 503
    #[arg(long, value_name = "COUNT")]
    unhealthy_after: Option<u64>,
}

/// Runs the command.
pub async fn run(args: &RespondArgs) -> anyhow::Result<Exit> {
    let delay = parse_duration(&args.start_delay)
        .ok_or_else(|| Told::usage(format!("'{}' is no duration", args.start_delay)).hint("write 200ms or 2s"))?;
    let defaults = RespondOptions::default();
    let options = RespondOptions {
        listen: args.listen.unwrap_or(defaults.listen),
        body: args.body.clone(),
        status: args.status,
        start_delay: u64::try_from(delay.as_millis()).unwrap_or(u64::MAX),
        unhealthy_after: args.unhealthy_after,
    };
    respond(options).await.map_err(Told::usage)?;
    Ok(Exit::Succeeded)
}
