//! One link: UDP in or out, TCP to somewhere or from there, serial. One task owns it and moves bytes both ways.
//!
//! A serial line or a connection that breaks is opened again, every [`RETRY_AFTER`], for ever; a socket or a device
//! that cannot be opened at the start is a mistake to be told, unless the link is one of several: then a serial device
//! may be plugged in later. What is to be sent waits in a queue of
//! [`OUTGOING_MAX`] frames; when it is full, the newest frame is dropped, because a link that takes nothing is lost
//! anyway and the agent repeats what matters. What comes in waits in a queue of [`INCOMING_MAX`] portions, and behind
//! it in the kernel, which drops the newest.

use std::io;
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};
use std::time::Duration;

use thiserror::Error;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream, UdpSocket};
use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use tokio_serial::{SerialPortBuilderExt, SerialStream};
use tokio_util::sync::CancellationToken;

use crate::config::AutopilotPort;

pub(super) const OUTGOING_MAX: usize = 256;
const INCOMING_MAX: usize = 1024;
const RETRY_AFTER: Duration = Duration::from_secs(1);
/// Larger than any datagram.
const PORTION_MAX: usize = 1 << 16;

/// A link cannot be opened.
#[derive(Debug, Error)]
#[error("the link {port} cannot be opened")]
pub struct PortError {
    port: AutopilotPort,
    #[source]
    source: io::Error,
}

/// Bytes that came, and the number of the link they came over.
pub(super) type Portion = (usize, Vec<u8>);

/// The queue in which the portions of all links wait.
pub(super) fn incoming() -> (mpsc::Sender<Portion>, mpsc::Receiver<Portion>) {
    mpsc::channel(INCOMING_MAX)
}

/// Which link, and what goes with it.
#[derive(Debug)]
pub(super) struct Opening {
    /// Its number.
    pub(super) link: usize,
    /// Where its portions go.
    pub(super) incoming: mpsc::Sender<Portion>,
    /// What makes it close.
    pub(super) stop: CancellationToken,
}

/// What it means that a serial device is not there at the start.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Absence {
    /// The vehicle cannot be flown without it.
    Fatal,
    /// There are other links; this one may come later.
    Waited,
}

/// An open port.
#[derive(Debug)]
pub(super) struct Port {
    pub(super) outgoing: mpsc::Sender<Vec<u8>>,
    pub(super) task: JoinHandle<()>,
}

/// The task's ends of the queues.
struct Ends {
    link: usize,
    incoming: mpsc::Sender<Portion>,
    outgoing: mpsc::Receiver<Vec<u8>>,
    stop: CancellationToken,
}

/// Opens a port.
///
/// # Errors
/// [`PortError`] when the address is taken or the device is not there.
pub(super) async fn open(port: &AutopilotPort, absence: Absence, opening: Opening) -> Result<Port, PortError> {
    let cannot = |source| PortError { port: port.clone(), source };
    let (outgoing, outgoing_receiver) = mpsc::channel(OUTGOING_MAX);
    let Opening { link, incoming, stop } = opening;
    let ends = Ends { link, incoming, outgoing: outgoing_receiver, stop };
    let task = match port {
        AutopilotPort::UdpIn(at) => {
            let socket = UdpSocket::bind(at).await.map_err(cannot)?;
            tokio::spawn(datagrams(socket, None, ends))
        }
        AutopilotPort::UdpOut(to) => {
            let any: SocketAddr = match to {
                SocketAddr::V4(_) => (Ipv4Addr::UNSPECIFIED, 0).into(),
                SocketAddr::V6(_) => (Ipv6Addr::UNSPECIFIED, 0).into(),
            };
            let socket = UdpSocket::bind(any).await.map_err(cannot)?;
            tokio::spawn(datagrams(socket, Some(*to), ends))
        }
        AutopilotPort::Tcp(to) => tokio::spawn(connections(*to, ends)),
        AutopilotPort::TcpIn(at) => {
            let listener = TcpListener::bind(at).await.map_err(cannot)?;
            tokio::spawn(callers(listener, ends))
        }
        AutopilotPort::Serial { device, baud } => {
            let line = match (serial(device, *baud), absence) {
                (Err(error), Absence::Fatal) => return Err(cannot(error)),
                (Err(error), Absence::Waited) => {
                    tracing::warn!(device, %error, "not there yet");
                    None
                }
                (Ok(line), _) => Some(line),
            };
            tokio::spawn(serial_lines(line, device.clone(), *baud, ends))
        }
    };
    Ok(Port { outgoing, task })
}

/// Datagrams both ways. Without a stated peer, whoever was heard last is answered: an autopilot that starts anew
/// comes from another port. On a link that leaves the vehicle that lets anybody turn the answers to themselves, signed
/// as they are, until the partner is heard again: a stated peer (`udpout`) does not.
async fn datagrams(socket: UdpSocket, stated: Option<SocketAddr>, mut ends: Ends) {
    let mut buffer = vec![0; PORTION_MAX];
    let mut peer = stated;
    loop {
        tokio::select! {
            () = ends.stop.cancelled() => return,
            received = socket.recv_from(&mut buffer) => match received {
                Ok((length, from)) if stated.is_none_or(|stated| stated == from) => {
                    peer = Some(from);
                    if ends.incoming.send((ends.link, buffer[..length].to_vec())).await.is_err() {
                        return;
                    }
                }
                Ok(_) => {}
                // Somebody told us that nobody listens there; the next datagram may find somebody.
                Err(error) => tracing::debug!(%error, link = ends.link, "receiving"),
            },
            frame = ends.outgoing.recv() => {
                let Some(frame) = frame else { return };
                if let Some(peer) = peer
                    && let Err(error) = socket.send_to(&frame, peer).await
                {
                    tracing::debug!(%error, link = ends.link, "sending");
                }
            }
        }
    }
}

async fn connections(to: SocketAddr, mut ends: Ends) {
    loop {
        let connected = tokio::select! {
            () = ends.stop.cancelled() => return,
            connected = TcpStream::connect(to) => connected,
        };
        match connected {
            Ok(stream) => {
                tracing::info!(%to, "connected");
                let end = stream.set_nodelay(true).err();
                let end = if end.is_none() { bytes(stream, &mut ends).await } else { end };
                let Some(end) = end else { return };
                tracing::warn!(%to, %end, "the connection broke");
            }
            Err(error) => tracing::debug!(%to, %error, "connecting"),
        }
        if pause(&mut ends).await {
            return;
        }
    }
}

/// Whoever connects, one at a time. The newest counts, because a partner that lost its power says no farewell to the
/// connection that it had.
async fn callers(listener: TcpListener, mut ends: Ends) {
    let mut caller: Option<(TcpStream, SocketAddr)> = None;
    loop {
        let next = match caller.take() {
            Some((stream, from)) => tokio::select! {
                next = listener.accept() => next,
                end = bytes(stream, &mut ends) => {
                    let Some(end) = end else { return };
                    tracing::warn!(%from, %end, "the connection broke");
                    continue;
                }
            },
            None => tokio::select! {
                () = ends.stop.cancelled() => return,
                next = listener.accept() => next,
                // Nobody is there to take it, and it would be old by then.
                frame = ends.outgoing.recv() => if frame.is_some() { continue } else { return },
            },
        };
        match next.and_then(|(stream, from)| stream.set_nodelay(true).map(|()| (stream, from))) {
            Ok((stream, from)) => {
                tracing::info!(%from, "connected");
                caller = Some((stream, from));
            }
            Err(error) => {
                tracing::warn!(%error, link = ends.link, "taking a connection");
                if pause(&mut ends).await {
                    return;
                }
            }
        }
    }
}

async fn serial_lines(mut line: Option<SerialStream>, device: String, baud: u32, mut ends: Ends) {
    loop {
        if let Some(open) = line {
            let Some(end) = bytes(open, &mut ends).await else { return };
            tracing::warn!(device, %end, "the serial line broke");
        }
        if pause(&mut ends).await {
            return;
        }
        line = match serial(&device, baud) {
            Ok(line) => {
                tracing::info!(device, "the serial line is open");
                Some(line)
            }
            Err(error) => {
                tracing::debug!(device, %error, "opening the serial line");
                None
            }
        };
    }
}

fn serial(device: &str, baud: u32) -> io::Result<SerialStream> {
    Ok(tokio_serial::new(device, baud).open_native_async()?)
}

/// Bytes both ways until the stream breaks, and why; nothing when it is time to stop. Neither way waits for the other: a
/// line that takes nothing (flow control, a partner that itself waits to be read) is heard all the same.
async fn bytes(stream: impl AsyncRead + AsyncWrite, ends: &mut Ends) -> Option<io::Error> {
    let (mut reader, mut writer) = tokio::io::split(stream);
    let Ends { link, incoming, outgoing, stop } = ends;
    let hear = async {
        let mut buffer = vec![0; PORTION_MAX];
        loop {
            match reader.read(&mut buffer).await {
                Ok(0) => return Some(io::ErrorKind::UnexpectedEof.into()),
                Ok(length) => incoming.send((*link, buffer[..length].to_vec())).await.ok()?,
                Err(error) => return Some(error),
            }
        }
    };
    let say = async {
        loop {
            if let Err(error) = writer.write_all(&outgoing.recv().await?).await {
                return Some(error);
            }
        }
    };
    tokio::select! {
        () = stop.cancelled() => None,
        end = hear => end,
        end = say => end,
    }
}

/// Waits before the next try, and drops what is to be sent meanwhile: it would be old by then. True when it is time to
/// stop.
async fn pause(ends: &mut Ends) -> bool {
    let over = tokio::time::sleep(RETRY_AFTER);
    tokio::pin!(over);
    loop {
        tokio::select! {
            () = ends.stop.cancelled() => return true,
            () = &mut over => return false,
            frame = ends.outgoing.recv() => if frame.is_none() { return true },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_line_that_takes_nothing_is_heard_all_the_same() {
        let (ours, mut theirs) = tokio::io::duplex(16);
        let (incoming, mut heard) = incoming();
        let (outgoing, outgoing_receiver) = mpsc::channel(OUTGOING_MAX);
        let stop = CancellationToken::new();
        let mut ends = Ends { link: 3, incoming, outgoing: outgoing_receiver, stop: stop.clone() };
        let task = tokio::spawn(async move { bytes(ours, &mut ends).await });
        outgoing.send(vec![7; 100]).await.unwrap();
        // It says what the line takes, and waits to say the rest.
        let mut taken = [0];
        theirs.read_exact(&mut taken).await.unwrap();
        tokio::task::yield_now().await;
        theirs.write_all(b"here").await.unwrap();
        let portion = tokio::time::timeout(Duration::from_secs(30), heard.recv()).await.unwrap();
        assert_eq!(portion, Some((3, b"here".to_vec())));
        stop.cancel();
        assert!(task.await.unwrap().is_none(), "and it stops");
    }
}
