//! The wire to the autopilot: UDP in or out, TCP, serial. One task owns it and moves bytes both ways.
//!
//! A serial line or a connection that breaks is opened again, every [`RETRY_AFTER`], for ever; a socket or a device
//! that cannot be opened at the start is a mistake to be told. What is to be sent waits in a queue of
//! [`OUTGOING_MAX`] frames; when it is full, the newest frame is dropped, because a link that takes nothing is lost
//! anyway and the agent repeats what matters. What comes in waits in a queue of [`INCOMING_MAX`] portions, and behind
//! it in the kernel, which drops the newest.

use std::io;
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};
use std::time::Duration;

use thiserror::Error;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpStream, UdpSocket};
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

/// The autopilot's port cannot be opened.
#[derive(Debug, Error)]
#[error("the autopilot's port {port} cannot be opened")]
pub struct PortError {
    port: AutopilotPort,
    #[source]
    source: io::Error,
}

/// An open port.
#[derive(Debug)]
pub(super) struct Port {
    pub(super) incoming: mpsc::Receiver<Vec<u8>>,
    pub(super) outgoing: mpsc::Sender<Vec<u8>>,
    pub(super) task: JoinHandle<()>,
}

/// The task's ends of the queues.
struct Ends {
    incoming: mpsc::Sender<Vec<u8>>,
    outgoing: mpsc::Receiver<Vec<u8>>,
    stop: CancellationToken,
}

/// Opens a port.
///
/// # Errors
/// [`PortError`] when the address is taken or the device is not there.
pub(super) async fn open(port: &AutopilotPort, stop: CancellationToken) -> Result<Port, PortError> {
    let cannot = |source| PortError { port: port.clone(), source };
    let (incoming_sender, incoming) = mpsc::channel(INCOMING_MAX);
    let (outgoing, outgoing_receiver) = mpsc::channel(OUTGOING_MAX);
    let ends = Ends { incoming: incoming_sender, outgoing: outgoing_receiver, stop };
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
        AutopilotPort::Serial { device, baud } => {
            let line = serial(device, *baud).map_err(cannot)?;
            tokio::spawn(serial_lines(line, device.clone(), *baud, ends))
        }
    };
    Ok(Port { incoming, outgoing, task })
}

/// Datagrams both ways. Without a stated peer, whoever was heard last is answered: an autopilot that starts anew
/// comes from another port.
async fn datagrams(socket: UdpSocket, stated: Option<SocketAddr>, mut ends: Ends) {
    let mut buffer = vec![0; PORTION_MAX];
    let mut peer = stated;
    loop {
        tokio::select! {
            () = ends.stop.cancelled() => return,
            received = socket.recv_from(&mut buffer) => match received {
                Ok((length, from)) if stated.is_none_or(|stated| stated == from) => {
                    peer = Some(from);
                    if ends.incoming.send(buffer[..length].to_vec()).await.is_err() {
                        return;
                    }
                }
                Ok(_) => {}
                // Somebody told us that nobody listens there; the next datagram may find somebody.
                Err(error) => tracing::debug!(%error, "receiving from the autopilot"),
            },
            frame = ends.outgoing.recv() => {
                let Some(frame) = frame else { return };
                if let Some(peer) = peer
                    && let Err(error) = socket.send_to(&frame, peer).await
                {
                    tracing::debug!(%error, "sending to the autopilot");
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
                tracing::info!(%to, "connected to the autopilot");
                let end = stream.set_nodelay(true).err();
                let end = if end.is_none() { bytes(stream, &mut ends).await } else { end };
                let Some(end) = end else { return };
                tracing::warn!(%to, %end, "the connection to the autopilot broke");
            }
            Err(error) => tracing::debug!(%to, %error, "connecting to the autopilot"),
        }
        if pause(&mut ends).await {
            return;
        }
    }
}

async fn serial_lines(mut line: SerialStream, device: String, baud: u32, mut ends: Ends) {
    loop {
        let Some(end) = bytes(line, &mut ends).await else { return };
        tracing::warn!(device, %end, "the serial line to the autopilot broke");
        line = loop {
            if pause(&mut ends).await {
                return;
            }
            match serial(&device, baud) {
                Ok(line) => break line,
                Err(error) => tracing::debug!(device, %error, "opening the serial line"),
            }
        };
    }
}

fn serial(device: &str, baud: u32) -> io::Result<SerialStream> {
    Ok(tokio_serial::new(device, baud).open_native_async()?)
}

/// Bytes both ways until the stream breaks, and why; nothing when it is time to stop.
async fn bytes(stream: impl AsyncRead + AsyncWrite, ends: &mut Ends) -> Option<io::Error> {
    let (mut reader, mut writer) = tokio::io::split(stream);
    let mut buffer = vec![0; PORTION_MAX];
    loop {
        tokio::select! {
            () = ends.stop.cancelled() => return None,
            read = reader.read(&mut buffer) => match read {
                Ok(0) => return Some(io::ErrorKind::UnexpectedEof.into()),
                Ok(length) => ends.incoming.send(buffer[..length].to_vec()).await.ok()?,
                Err(error) => return Some(error),
            },
            frame = ends.outgoing.recv() => {
                let frame = frame?;
                // A line that takes nothing must not keep us from stopping.
                let sent = tokio::select! {
                    () = ends.stop.cancelled() => return None,
                    sent = writer.write_all(&frame) => sent,
                };
                if let Err(error) = sent {
                    return Some(error);
                }
            }
        }
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
