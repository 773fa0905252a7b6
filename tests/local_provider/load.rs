//! Keep-alive clients that ask as fast as they are answered, and count what goes wrong.

use std::collections::BTreeMap;
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpStream;
use tokio::task::JoinSet;

#[derive(Debug, Default)]
pub(crate) struct Count {
    pub(crate) answers: BTreeMap<String, u64>,
    pub(crate) errors: Vec<String>,
}

impl Count {
    pub(crate) fn total(&self) -> u64 {
        self.answers.values().sum()
    }
}

pub(crate) struct Load {
    stop: Arc<AtomicBool>,
    clients: JoinSet<Count>,
}

impl Load {
    pub(crate) fn start(address: &str, clients: usize) -> Self {
        let stop = Arc::new(AtomicBool::new(false));
        let mut set = JoinSet::new();
        for _ in 0..clients {
            set.spawn(client(address.to_owned(), Arc::clone(&stop)));
        }
        Self { stop, clients: set }
    }

    pub(crate) async fn stop(self) -> Count {
        self.stop.store(true, Ordering::Relaxed);
        let mut whole = Count::default();
        for count in self.clients.join_all().await {
            for (answer, number) in count.answers {
                *whole.answers.entry(answer).or_default() += number;
            }
            whole.errors.extend(count.errors);
        }
        whole
    }
}

async fn client(address: String, stop: Arc<AtomicBool>) -> Count {
    let mut count = Count::default();
    let mut connection: Option<Connection> = None;
    while !stop.load(Ordering::Relaxed) && count.errors.len() < 10 {
        let mut open = match connection.take() {
            Some(open) => open,
            None => match Connection::open(&address).await {
                Ok(open) => open,
                Err(error) => {
                    count.errors.push(format!("connect: {error}"));
                    continue;
                }
            },
        };
        match open.get("/").await {
            Ok((200, body)) => {
                *count.answers.entry(body).or_default() += 1;
                connection = Some(open).filter(|open| !open.is_closing);
            }
            Ok((status, body)) => count.errors.push(format!("{status}: {body}")),
            Err(error) => count.errors.push(error.to_string()),
        }
    }
    count
}

/// A client's connection.
pub(crate) struct Connection {
    stream: BufReader<TcpStream>,
    is_closing: bool,
}

impl Connection {
    pub(crate) async fn open(address: &str) -> io::Result<Self> {
        let stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        Ok(Self { stream: BufReader::new(stream), is_closing: false })
    }

    /// Asks once: status and body.
    pub(crate) async fn get(&mut self, path: &str) -> io::Result<(u16, String)> {
        let request = format!("GET {path} HTTP/1.1\r\nHost: test\r\n\r\n");
        self.stream.write_all(request.as_bytes()).await?;
        let (mut status, mut length) = (0, 0);
        for number in 0.. {
            let mut line = String::new();
            if self.stream.read_line(&mut line).await? == 0 {
                return Err(io::Error::other("closed before the answer"));
            }
            let line = line.trim().to_ascii_lowercase();
            if line.is_empty() {
                break;
            }
            match line.split_once(": ") {
                _ if number == 0 => status = line.split(' ').nth(1).and_then(|word| word.parse().ok()).unwrap_or(0),
                Some(("content-length", value)) => length = value.parse().unwrap(),
                Some(("connection", "close")) => self.is_closing = true,
                _ => {}
            }
        }
        let mut body = vec![0; length];
        self.stream.read_exact(&mut body).await?;
        Ok((status, String::from_utf8(body).unwrap().trim().to_owned()))
    }
}

/// One request on its own connection.
pub(crate) async fn get(address: &str) -> io::Result<(u16, String)> {
    Connection::open(address).await?.get("/").await
}
