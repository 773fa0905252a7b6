//! One health check of one instance, made now.

use std::io;
use std::net::{Ipv4Addr, SocketAddr};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::{sleep, timeout};

use super::cluster::{CheckKind, HealthCheck};
use super::error;

/// How much of an answer is read for its status and first line.
const ANSWER_LIMIT: usize = 4096;

/// Where an instance listens.
pub(super) fn address(port: u16) -> SocketAddr {
    SocketAddr::from((Ipv4Addr::LOCALHOST, port))
}

/// Makes the check once; the error says for people what was wrong.
pub(super) async fn probe(check: &HealthCheck, port: u16) -> Result<(), String> {
    let address = address(check.port.unwrap_or(port));
    let answer = async {
        match check.kind {
            CheckKind::None => Ok(()),
            CheckKind::Tcp => connect(address).await.map(drop),
            CheckKind::Http => get(address, &check.path, check.expected_status).await,
        }
    };
    timeout(check.timeout, answer).await.unwrap_or_else(|_| {
        let what = if check.kind == CheckKind::Http { format!("GET {} on ", check.path) } else { String::new() };
        Err(format!("{what}{address} did not answer within {}ms", check.timeout.as_millis()))
    })
}

/// Makes the check as often in a row as it takes to call an instance up.
pub(super) async fn probe_to_threshold(check: &HealthCheck, port: u16) -> Result<(), String> {
    for _ in 1..check.healthy_threshold {
        probe(check, port).await?;
        sleep(check.interval).await;
    }
    probe(check, port).await
}

async fn connect(address: SocketAddr) -> Result<TcpStream, String> {
    TcpStream::connect(address).await.map_err(|cause| match cause.kind() {
        io::ErrorKind::ConnectionRefused => format!("connection refused on {address}"),
        _ => format!("cannot connect to {address}: {}", error::reason(&cause)),
    })
}

async fn get(address: SocketAddr, path: &str, expected: Option<u16>) -> Result<(), String> {
    let mut stream = connect(address).await?;
    let request =
        format!("GET {path} HTTP/1.1\r\nHost: {address}\r\nUser-Agent: gennaker\r\nConnection: close\r\n\r\n");
    let read = async {
        stream.write_all(request.as_bytes()).await?;
        let mut answer = Vec::new();
        (&mut stream).take(ANSWER_LIMIT as u64).read_to_end(&mut answer).await?;
        io::Result::Ok(answer)
    };
    let answer = read.await.map_err(|cause| format!("GET {path} on {address} failed: {}", error::reason(&cause)))?;
    judge(path, &String::from_utf8_lossy(&answer), expected)
}

/// Whether an HTTP answer is healthy.
fn judge(path: &str, answer: &str, expected: Option<u16>) -> Result<(), String> {
    let status = answer
        .strip_prefix("HTTP/1.")
        .and_then(|rest| rest.split(' ').nth(1))
        .and_then(|status| status.get(..3)?.parse::<u16>().ok());
    let Some(status) = status else { return Err(format!("GET {path} was not answered in HTTP")) };
    if expected.map_or((200..400).contains(&status), |expected| expected == status) {
        return Ok(());
    }
    let body = answer.split_once("\r\n\r\n").map_or("", |(_, body)| body);
    let first_line: String = body.lines().next().unwrap_or("").trim().chars().take(200).collect();
    let colon = if first_line.is_empty() { "" } else { ": " };
    Err(format!("GET {path} answered {status}{colon}{first_line}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_judged_by_its_status() {
        assert_eq!(judge("/", "HTTP/1.1 204 No Content\r\n\r\n", None), Ok(()));
        assert_eq!(judge("/", "HTTP/1.0 200 OK\r\n\r\nfine", Some(204)), Err("GET / answered 200: fine".into()));
        assert_eq!(
            judge("/health", "HTTP/1.1 503 No\r\nA: b\r\n\r\nno database\nmore", None),
            Err("GET /health answered 503: no database".into())
        );
        assert_eq!(judge("/", "SSH-2.0", None), Err("GET / was not answered in HTTP".into()));
    }
}
