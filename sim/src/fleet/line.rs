//! A vehicle's line to ground software, over UDP or TCP on this machine.
//!
//! Whatever is sent is whole frames, and goes to everybody on the line. Nobody there is no error: an autopilot talks
//! whether anybody listens or not.

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::time::{Duration, Instant};

use thiserror::Error;
use tokio::net::{TcpListener, TcpStream, UdpSocket};

/// The largest piece of the byte stream put into one datagram; a MAVLink reader does not mind where it is cut.
const DATAGRAM_MAX: usize = 1400;
/// Ground software heard on one UDP port. Another one takes the place of whoever was silent longest.
const PEERS_MAX: usize = 4;
/// Ground software that said nothing for so long is gone; it sends heartbeats once a second.
const GONE_AFTER: Duration = Duration::from_secs(10);
/// Bytes a slow TCP client has not taken. Beyond this what is newly sent is dropped, whole frames, until it has.
const BACKLOG_MAX: usize = 256 * 1024;

/// How vehicles are reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Port {
    /// They send to this port, where ground software listens.
    UdpOut(u16),
    /// They listen on this port and answer whoever speaks; 0 takes a free one.
    UdpIn(u16),
    /// They serve one TCP client at a time on this port; 0 takes a free one.
    Tcp(u16),
}

impl Port {
    /// The port of another vehicle, so many further. A free port's neighbour is a free port.
    ///
    /// # Errors
    /// [`LineError::TooHigh`] beyond 65535.
    pub fn further(self, by: u16) -> Result<Self, LineError> {
        let further = |port: u16| match port {
            0 => Ok(0),
            _ => port.checked_add(by).ok_or(LineError::TooHigh { port, by }),
        };
        Ok(match self {
            Self::UdpOut(port) => Self::UdpOut(further(port)?),
            Self::UdpIn(port) => Self::UdpIn(further(port)?),
            Self::Tcp(port) => Self::Tcp(further(port)?),
        })
    }
}

/// A line that cannot be had.
#[derive(Debug, Error)]
pub enum LineError {
    /// There is no such port.
    #[error("port {port} and {by} more is above 65535: choose a lower first port or a smaller step")]
    TooHigh {
        /// The first vehicle's port.
        port: u16,
        /// How far from it this vehicle's is.
        by: u16,
    },
    /// Somebody else has it.
    #[error("cannot listen on {address}")]
    Taken {
        /// Where.
        address: SocketAddr,
        /// Why.
        source: io::Error,
    },
}

#[derive(Debug)]
pub(super) struct Line {
    ends: Ends,
    address: String,
}

#[derive(Debug)]
enum Ends {
    Out { socket: UdpSocket, to: SocketAddr },
    In { socket: UdpSocket, peers: Vec<(SocketAddr, Instant)> },
    Tcp { listener: TcpListener, client: Option<Client> },
}

impl Line {
    pub(super) async fn open(port: Port) -> Result<Self, LineError> {
        let number = match port {
            Port::UdpOut(_) => 0,
            Port::UdpIn(port) | Port::Tcp(port) => port,
        };
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, number));
        let taken = |source| LineError::Taken { address, source };
        let (ends, address) = match port {
            Port::UdpOut(port) => {
                let to = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
                (Ends::Out { socket: UdpSocket::bind(address).await.map_err(taken)?, to }, format!("sends to udp {to}"))
            }
            Port::UdpIn(_) => {
                let socket = UdpSocket::bind(address).await.map_err(taken)?;
                let at = socket.local_addr().map_err(taken)?;
                (Ends::In { socket, peers: Vec::new() }, format!("listens on udp {at}"))
            }
            Port::Tcp(_) => {
                let listener = TcpListener::bind(address).await.map_err(taken)?;
                let at = listener.local_addr().map_err(taken)?;
                (Ends::Tcp { listener, client: None }, format!("serves tcp {at}"))
            }
        };
        Ok(Self { ends, address })
    }

    /// Where it leads, in words.
    pub(super) fn address(&self) -> &str {
        &self.address
    }

    /// Waits for bytes and says how many came. Nothing is lost when the wait is given up.
    pub(super) async fn receive(&mut self, buffer: &mut [u8]) -> usize {
        loop {
            match &mut self.ends {
                Ends::Out { socket, .. } => {
                    if let Ok((length, _)) = socket.recv_from(buffer).await {
                        return length;
                    }
                }
                Ends::In { socket, peers } => {
                    if let Ok((length, from)) = socket.recv_from(buffer).await {
                        remember(peers, from, Instant::now());
                        return length;
                    }
                }
                Ends::Tcp { listener, client } => match client {
                    None => {
                        if let Ok((stream, _)) = listener.accept().await {
                            // Small frames that wait for company would come late.
                            let _slower = stream.set_nodelay(true);
                            *client = Some(Client { stream, backlog: Vec::new() });
                        }
                    }
                    Some(there) => match receive_some(&there.stream, buffer).await {
                        Some(length) => return length,
                        None => *client = None,
                    },
                },
            }
        }
    }

    /// Sends to everybody; what somebody cannot take now is lost to them.
    pub(super) fn send(&mut self, bytes: &[u8]) {
        match &mut self.ends {
            Ends::Out { socket, to } => datagrams(socket, bytes, *to),
            Ends::In { socket, peers } => {
                let now = Instant::now();
                peers.retain(|(_, heard)| now.duration_since(*heard) < GONE_AFTER);
                for (peer, _) in peers {
                    datagrams(socket, bytes, *peer);
                }
            }
            Ends::Tcp { client, .. } => {
                if let Some(client) = client {
                    client.send(bytes);
                }
            }
        }
    }
}

fn remember(peers: &mut Vec<(SocketAddr, Instant)>, from: SocketAddr, now: Instant) {
    match peers.iter_mut().find(|(peer, _)| *peer == from) {
        Some((_, heard)) => *heard = now,
        None => {
            if peers.len() == PEERS_MAX
                && let Some(longest) = (0..peers.len()).min_by_key(|&at| peers[at].1)
            {
                peers.swap_remove(longest);
            }
            peers.push((from, now));
        }
    }
}

fn datagrams(socket: &UdpSocket, bytes: &[u8], to: SocketAddr) {
    for datagram in bytes.chunks(DATAGRAM_MAX) {
        // Nobody there yet, or a full buffer: MAVLink says everything again.
        let _lost = socket.try_send_to(datagram, to);
    }
}

/// Bytes from a stream; nothing when it has ended.
async fn receive_some(stream: &TcpStream, buffer: &mut [u8]) -> Option<usize> {
    loop {
        stream.readable().await.ok()?;
        match stream.try_read(buffer) {
            Ok(0) => return None,
            Ok(length) => return Some(length),
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
            Err(_) => return None,
        }
    }
}

#[derive(Debug)]
struct Client {
    stream: TcpStream,
    /// What it has not taken yet.
    backlog: Vec<u8>,
}

impl Client {
    fn send(&mut self, bytes: &[u8]) {
        if self.backlog.len() + bytes.len() <= BACKLOG_MAX {
            self.backlog.extend_from_slice(bytes);
        }
        while !self.backlog.is_empty() {
            match self.stream.try_write(&self.backlog) {
                Ok(length) => drop(self.backlog.drain(..length)),
                // It takes no more just now, or it is gone, which reading will notice.
                Err(_) => return,
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fifth_peer_takes_the_place_of_the_one_silent_longest() {
        let start = Instant::now();
        let at = |port| SocketAddr::from((Ipv4Addr::LOCALHOST, port));
        let mut peers = Vec::new();
        for (seconds, port) in [(0, 1), (1, 2), (2, 3), (3, 4), (4, 1), (5, 5)] {
            remember(&mut peers, at(port), start + Duration::from_secs(seconds));
        }
        let mut ports: Vec<_> = peers.iter().map(|(peer, _)| peer.port()).collect();
        ports.sort_unstable();
        assert_eq!(ports, [1, 3, 4, 5]);
    }

    #[test]
    fn ports_go_up_by_the_step_free_ones_stay_free_and_none_is_above_the_last() {
        assert_eq!(Port::Tcp(5760).further(20).unwrap(), Port::Tcp(5780));
        assert_eq!(Port::UdpIn(0).further(20).unwrap(), Port::UdpIn(0));
        assert!(matches!(Port::UdpOut(65_530).further(10), Err(LineError::TooHigh { port: 65_530, by: 10 })));
    }

    #[tokio::test]
    async fn a_tcp_client_that_leaves_makes_room_for_the_next() {
        let mut line = Line::open(Port::Tcp(0)).await.unwrap();
        let at = line.address().strip_prefix("serves tcp ").unwrap().to_owned();
        let mut buffer = [0; 16];
        for word in [b"one", b"two"] {
            let client = TcpStream::connect(&at).await.unwrap();
            client.writable().await.unwrap();
            client.try_write(word).unwrap();
            let length = line.receive(&mut buffer).await;
            assert_eq!(&buffer[..length], word);
            line.send(b"answer");
            client.readable().await.unwrap();
            let length = client.try_read(&mut buffer).unwrap();
            assert_eq!(&buffer[..length], b"answer");
        }
    }
}
