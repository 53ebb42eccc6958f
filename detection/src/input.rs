//! Where a feed's bytes come from: a file, a TCP server, UDP datagrams or standard input.
//!
//! A connection that breaks, or is refused, is tried again after one second, then two, up to thirty. A stream waits
//! while the program is busy; a datagram that finds 256 others waiting is dropped and counted.

use std::io::Read;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use anyhow::Context;
use tokio::io::AsyncReadExt;
use tokio::net::{TcpStream, UdpSocket};
use tokio::sync::mpsc::Sender;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;
use tracing::{info, warn};

/// Bytes read at once. UDP datagrams are at most 65,507 bytes.
const READ_MAX: usize = 65_536;
const RETRY_FIRST: Duration = Duration::from_secs(1);
const RETRY_LONGEST: Duration = Duration::from_secs(30);

/// Where the bytes come from.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Input {
    File { path: PathBuf, lines_per_s: f64 },
    Tcp(String),
    Udp(SocketAddr),
    Stdin,
}

/// Bytes that came.
#[derive(Debug)]
pub(crate) enum Chunk {
    Stream(Vec<u8>),
    Datagram(Vec<u8>),
    /// The connection broke: what came of a line will not be finished.
    Break,
}

/// Counts up across tasks.
#[derive(Debug, Clone, Default)]
pub(crate) struct Counter(Arc<AtomicU64>);

impl Counter {
    fn add_one(&self) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }

    pub(crate) fn load(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

/// An input that is open.
pub(crate) struct Opened {
    /// What it reads, for a person.
    pub(crate) what: String,
    /// Ends when the input does, or soon after it is told to stop.
    pub(crate) task: JoinHandle<()>,
    /// Datagrams that found no room.
    pub(crate) dropped: Counter,
}

/// Opens an input; its bytes go to `to` until it ends or `stop` is cancelled.
pub(crate) async fn open(input: Input, to: Sender<Chunk>, stop: CancellationToken) -> anyhow::Result<Opened> {
    let dropped = Counter::default();
    let (what, task) = match input {
        Input::File { path, lines_per_s } => {
            let text = tokio::fs::read(&path).await.with_context(|| format!("cannot read {}", path.display()))?;
            let what = format!("{} at {lines_per_s} lines a second", path.display());
            (what, tokio::spawn(until(stop, replay(text, lines_per_s, to))))
        }
        Input::Tcp(address) => {
            (format!("tcp {address}"), tokio::spawn(until(stop, async move { follow(&address, &to).await })))
        }
        Input::Udp(address) => {
            let socket = UdpSocket::bind(address).await.with_context(|| format!("cannot listen on udp {address}"))?;
            let what = format!("udp {}", socket.local_addr().context("the socket has no address")?);
            (what, tokio::spawn(until(stop, listen(socket, to, dropped.clone()))))
        }
        Input::Stdin => {
            // Standard input has no asynchronous form: a thread of its own reads it and ends with the process.
            std::thread::spawn(move || read_stdin(&to));
            ("standard input".to_owned(), tokio::spawn(async {}))
        }
    };
    Ok(Opened { what, task, dropped })
}

async fn until(stop: CancellationToken, reading: impl Future<Output = ()>) {
    tokio::select! {
        () = stop.cancelled() => {}
        () = reading => {}
    }
}

async fn replay(text: Vec<u8>, lines_per_s: f64, to: Sender<Chunk>) {
    let mut due = tokio::time::interval(Duration::from_secs_f64(1.0 / lines_per_s));
    for line in text.split_inclusive(|&b| b == b'\n') {
        due.tick().await;
        if to.send(Chunk::Stream(line.to_vec())).await.is_err() {
            return;
        }
    }
}

async fn follow(address: &str, to: &Sender<Chunk>) {
    let mut wait = RETRY_FIRST;
    loop {
        match TcpStream::connect(address).await {
            Ok(stream) => {
                info!(address, "connected");
                wait = RETRY_FIRST;
                let why = read_all(stream, to).await;
                warn!(address, why, "the connection ended");
                if to.send(Chunk::Break).await.is_err() {
                    return;
                }
            }
            Err(error) => warn!(address, %error, "cannot connect"),
        }
        tokio::time::sleep(wait).await;
        wait = (wait * 2).min(RETRY_LONGEST);
    }
}

/// Reads a connection to its end, and says why it ended.
async fn read_all(mut stream: TcpStream, to: &Sender<Chunk>) -> String {
    let mut bytes = vec![0; READ_MAX];
    loop {
        match stream.read(&mut bytes).await {
            Ok(0) => return "closed by the other side".to_owned(),
            Ok(count) => {
                if to.send(Chunk::Stream(bytes[..count].to_vec())).await.is_err() {
                    return "no longer read".to_owned();
                }
            }
            Err(error) => return error.to_string(),
        }
    }
}

async fn listen(socket: UdpSocket, to: Sender<Chunk>, dropped: Counter) {
    let mut bytes = vec![0; READ_MAX];
    loop {
        match socket.recv_from(&mut bytes).await {
            Ok((count, _)) => {
                if to.try_send(Chunk::Datagram(bytes[..count].to_vec())).is_err() {
                    dropped.add_one();
                }
            }
            // An answer that could not be delivered comes back as an error; the socket is good all the same.
            Err(error) => {
                warn!(%error, "udp");
                tokio::time::sleep(Duration::from_millis(100)).await;
            }
        }
    }
}

fn read_stdin(to: &Sender<Chunk>) {
    let mut bytes = vec![0; READ_MAX];
    loop {
        match std::io::stdin().read(&mut bytes) {
            Ok(0) | Err(_) => return,
            Ok(count) => {
                if to.blocking_send(Chunk::Stream(bytes[..count].to_vec())).is_err() {
                    return;
                }
            }
        }
    }
}
