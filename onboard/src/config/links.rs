//! The links: how the autopilot, the payload and the ground are reached, and what each may do.

use std::fmt;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::str::FromStr;

use serde::de::{SeqAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use thiserror::Error;

use crate::link::routes::LINKS_MAX;
use crate::link::wire::{Ground, LinkSetup, Role};

/// How a link leaves this computer. Written as one word: `udpin:127.0.0.1:14550`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub enum AutopilotPort {
    /// Wait for datagrams here, answer whoever sends them.
    UdpIn(SocketAddr),
    /// Send datagrams there.
    UdpOut(SocketAddr),
    /// Connect to this, again and again.
    Tcp(SocketAddr),
    /// Wait for a connection here; a newer one takes the place of the one before.
    TcpIn(SocketAddr),
    /// A serial device and its speed.
    Serial {
        /// The device.
        device: String,
        /// Bits a second.
        baud: u32,
    },
}

/// A text that names no link.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error(
    "{0:?} is no link: allowed are udpin:IP:PORT, udpout:IP:PORT, tcp:IP:PORT, tcpin:IP:PORT and serial:DEVICE:BAUD"
)]
pub struct InvalidPort(String);

impl FromStr for AutopilotPort {
    type Err = InvalidPort;
    fn from_str(text: &str) -> Result<Self, InvalidPort> {
        let invalid = || InvalidPort(text.chars().take(80).collect());
        let (how, to) = text.split_once(':').ok_or_else(invalid)?;
        let address = || to.parse().map_err(|_| invalid());
        match how {
            "udpin" => Ok(Self::UdpIn(address()?)),
            "udpout" => Ok(Self::UdpOut(address()?)),
            "tcp" => Ok(Self::Tcp(address()?)),
            "tcpin" => Ok(Self::TcpIn(address()?)),
            "serial" => {
                let (device, baud) =
                    to.rsplit_once(':').filter(|(device, _)| !device.is_empty()).ok_or_else(invalid)?;
                let baud = baud.parse().ok().filter(|baud| (1200..=4_000_000).contains(baud)).ok_or_else(invalid)?;
                Ok(Self::Serial { device: device.to_owned(), baud })
            }
            _ => Err(invalid()),
        }
    }
}

impl TryFrom<String> for AutopilotPort {
    type Error = InvalidPort;
    fn try_from(text: String) -> Result<Self, InvalidPort> {
        text.parse()
    }
}

impl fmt::Display for AutopilotPort {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::UdpIn(at) => write!(f, "udpin:{at}"),
            Self::UdpOut(to) => write!(f, "udpout:{to}"),
            Self::Tcp(to) => write!(f, "tcp:{to}"),
            Self::TcpIn(at) => write!(f, "tcpin:{at}"),
            Self::Serial { device, baud } => write!(f, "serial:{device}:{baud}"),
        }
    }
}

impl From<AutopilotPort> for String {
    fn from(port: AutopilotPort) -> String {
        port.to_string()
    }
}

impl AutopilotPort {
    /// Whether it leads off this computer's own wires: to another host. Listening on all addresses does.
    #[must_use]
    pub fn leaves_the_vehicle(&self) -> bool {
        match self {
            Self::UdpIn(at) | Self::UdpOut(at) | Self::Tcp(at) | Self::TcpIn(at) => !at.ip().is_loopback(),
            Self::Serial { .. } => false,
        }
    }

    fn setup(&self, role: Role, signed: bool) -> LinkSetup {
        let datagrams = matches!(self, Self::UdpIn(_) | Self::UdpOut(_));
        LinkSetup { name: self.to_string(), role, datagrams, signed }
    }
}

/// The links to the autopilot, the preferred first: where one falls silent, the next is used. In the file one word, or a
/// list of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AutopilotPorts(Vec<AutopilotPort>);

struct WordOrList;

impl<'de> Visitor<'de> for WordOrList {
    type Value = AutopilotPorts;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a link such as \"serial:/dev/ttyAMA0:921600\", or a list of them")
    }

    fn visit_str<E: serde::de::Error>(self, word: &str) -> Result<AutopilotPorts, E> {
        word.parse().map(|port| AutopilotPorts(vec![port])).map_err(E::custom)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<AutopilotPorts, A::Error> {
        let mut ports = Vec::new();
        while let Some(port) = list.next_element()? {
            ports.push(port);
        }
        Ok(AutopilotPorts(ports))
    }
}

impl<'de> Deserialize<'de> for AutopilotPorts {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_any(WordOrList)
    }
}

impl Serialize for AutopilotPorts {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        match self.all() {
            [only] => only.serialize(to),
            several => several.serialize(to),
        }
    }
}

impl AutopilotPorts {
    /// All, the preferred first.
    #[must_use]
    pub fn all(&self) -> &[AutopilotPort] {
        &self.0
    }
}

impl From<AutopilotPort> for AutopilotPorts {
    fn from(port: AutopilotPort) -> Self {
        Self(vec![port])
    }
}

impl fmt::Display for AutopilotPorts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let words: Vec<String> = self.all().iter().map(AutopilotPort::to_string).collect();
        f.write_str(&words.join(", "))
    }
}

/// The key for signatures.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SigningSection {
    /// The file with the key: 64 hexadecimal digits, readable by its owner only.
    pub key: PathBuf,
    /// Whether the autopilot has the key: what goes to it is signed, and what it does not sign is dropped.
    #[serde(default)]
    pub autopilot: bool,
}

/// Components on board besides the autopilot.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PayloadSection {
    /// How they are reached.
    pub port: AutopilotPort,
}

/// Somebody on the ground who speaks MAVLink.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GroundSection {
    /// How they are reached.
    pub port: AutopilotPort,
    /// Whether they may command the vehicle, past the guard's checks. Unless this is said they listen and ask.
    #[serde(default)]
    pub commands: bool,
    /// Whether they get a summary every five seconds instead of the stream.
    #[serde(default)]
    pub thin: bool,
    /// Whether frames are signed. Only a link that stays on the vehicle (loopback, serial) can be without.
    #[serde(default = "yes")]
    pub signed: bool,
}

fn yes() -> bool {
    true
}

/// What is wrong with the links taken together.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum LinkFault {
    /// No way to the autopilot.
    #[error("autopilot: found an empty list: at least one link is needed")]
    NoAutopilot,
    /// Too many.
    #[error("found {0} links in all: allowed are {LINKS_MAX}")]
    TooMany(usize),
    /// The same twice.
    #[error("{0} is there twice")]
    Twice(AutopilotPort),
    /// Unsigned over a network.
    #[error(
        "ground: {0} leads to other computers and has signed = false: allowed on 127.0.0.1, ::1 and serial lines only"
    )]
    Unsigned(AutopilotPort),
    /// Signed, but there is no key.
    #[error("{0} is to be signed, but there is no key: write [signing] with key = \"FILE\"")]
    NoKey(AutopilotPort),
}

impl LinkFault {
    /// Which link it is about, if it is about one.
    #[must_use]
    pub fn port(&self) -> Option<&AutopilotPort> {
        match self {
            Self::NoAutopilot | Self::TooMany(_) => None,
            Self::Twice(port) | Self::Unsigned(port) | Self::NoKey(port) => Some(port),
        }
    }
}

/// All links, in the order in which the wire numbers them.
pub(super) fn setups(
    autopilot: &AutopilotPorts,
    payload: &[PayloadSection],
    ground: &[GroundSection],
    signing: Option<&SigningSection>,
) -> Vec<(AutopilotPort, LinkSetup)> {
    let signs = signing.is_some_and(|signing| signing.autopilot);
    let autopilots = autopilot.all().iter().map(|port| (port, Role::Autopilot, signs));
    let payloads = payload.iter().map(|section| (&section.port, Role::Payload, false));
    let grounds = ground.iter().map(|section| {
        let role = Role::Ground(Ground { commands: section.commands, thin: section.thin });
        (&section.port, role, section.signed)
    });
    let all = autopilots.chain(payloads).chain(grounds);
    all.map(|(port, role, signed)| (port.clone(), port.setup(role, signed))).collect()
}

/// Checks the links against each other.
pub(super) fn check(
    autopilot: &AutopilotPorts,
    payload: &[PayloadSection],
    ground: &[GroundSection],
    signing: Option<&SigningSection>,
) -> Result<(), LinkFault> {
    if autopilot.all().is_empty() {
        return Err(LinkFault::NoAutopilot);
    }
    let all = setups(autopilot, payload, ground, signing);
    if all.len() > LINKS_MAX {
        return Err(LinkFault::TooMany(all.len()));
    }
    for (at, (port, setup)) in all.iter().enumerate() {
        if all[..at].iter().any(|(other, _)| other == port) {
            return Err(LinkFault::Twice(port.clone()));
        }
        if setup.signed && signing.is_none() {
            return Err(LinkFault::NoKey(port.clone()));
        }
    }
    match ground.iter().find(|section| !section.signed && section.port.leaves_the_vehicle()) {
        Some(section) => Err(LinkFault::Unsigned(section.port.clone())),
        None => Ok(()),
    }
}
