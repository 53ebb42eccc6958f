//! What a program needs to be told to join the bus, and what is refused.

use std::net::SocketAddr;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::ids::SiteId;
use crate::topics::Program;

/// How a program joins the bus.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BusConfig {
    /// The site, the second word of every key.
    pub site: SiteId,
    /// Which program this is; it decides what may be published.
    pub program: Program,
    /// Where to listen: `tcp/127.0.0.1:7447` on this machine, `tls/0.0.0.0:7447` for others.
    #[serde(default)]
    pub listen: Vec<String>,
    /// Whom to connect to: `tcp/127.0.0.1:7447`, `tls/ops.example.org:7447`.
    #[serde(default)]
    pub connect: Vec<String>,
    /// The certificates, needed for every `tls/` endpoint.
    #[serde(default)]
    pub tls: Option<TlsFiles>,
}

/// The files of mutual TLS, all PEM.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TlsFiles {
    /// The certificate authority that both sides trust, and no other.
    pub ca: PathBuf,
    /// This program's certificate, for listening and connecting.
    pub certificate: PathBuf,
    /// Its private key.
    pub key: PathBuf,
}

/// An endpoint that is refused.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum EndpointFault {
    /// Not of the form that is read.
    #[error("endpoint {0:?}: expected tcp/ADDRESS:PORT or tls/HOST:PORT, nothing behind it")]
    Unreadable(String),
    /// Plain TCP to another machine.
    #[error(
        "endpoint {0:?} leaves this machine without encryption: use tls/… and state ca, certificate and key under \
         [tls]; plain tcp is allowed on 127.0.0.1 and [::1] only"
    )]
    Unprotected(String),
    /// TLS without certificates.
    #[error("endpoint {0:?} needs certificates: state ca, certificate and key under [tls]")]
    NoCertificates(String),
}

impl BusConfig {
    /// Refuses what is not safe.
    ///
    /// # Errors
    /// [`EndpointFault`] for the first endpoint that is refused.
    pub fn check(&self) -> Result<(), EndpointFault> {
        self.listen.iter().chain(&self.connect).try_for_each(|endpoint| self.check_endpoint(endpoint))
    }

    fn check_endpoint(&self, endpoint: &str) -> Result<(), EndpointFault> {
        let unreadable = || EndpointFault::Unreadable(endpoint.chars().take(80).collect());
        // Zenoh reads settings behind '?' and '#', by which a link could be made without certificates after all.
        let plain = |text: &str| text.bytes().all(|b| b.is_ascii_alphanumeric() || b".-_:[]".contains(&b));
        let (protocol, address) = endpoint.split_once('/').ok_or_else(unreadable)?;
        let (host, port) = address.rsplit_once(':').ok_or_else(unreadable)?;
        if !plain(address) || host.is_empty() || port.parse::<u16>().is_err() {
            return Err(unreadable());
        }
        match protocol {
            "tcp" if address.parse::<SocketAddr>().is_ok_and(|at| at.ip().is_loopback()) => Ok(()),
            "tcp" => Err(EndpointFault::Unprotected(endpoint.to_owned())),
            "tls" if self.tls.is_some() => Ok(()),
            "tls" => Err(EndpointFault::NoCertificates(endpoint.to_owned())),
            _ => Err(unreadable()),
        }
    }

    /// The settings that differ from Zenoh's defaults: key and JSON value.
    pub(super) fn settings(&self) -> Vec<(&'static str, String)> {
        let list =
            |endpoints: &[String]| format!("[{}]", endpoints.iter().map(|e| json(e)).collect::<Vec<_>>().join(","));
        let mut settings: Vec<(&'static str, String)> = vec![
            ("mode", json("peer")),
            ("listen/endpoints", list(&self.listen)),
            ("connect/endpoints", list(&self.connect)),
            // For ever, in the background, and soon after the other side is back.
            ("connect/timeout_ms", "-1".to_owned()),
            ("connect/exit_on_failure", "false".to_owned()),
            (
                "connect/retry",
                r#"{"period_init_ms": 200, "period_max_ms": 2000, "period_increase_factor": 1.5}"#.to_owned(),
            ),
            ("open/return_conditions/connect_scouted", "false".to_owned()),
            ("scouting/multicast/enabled", "false".to_owned()),
            ("scouting/gossip/enabled", "false".to_owned()),
            ("timestamping/enabled", "false".to_owned()),
            ("adminspace/enabled", "false".to_owned()),
            // A peer that went away without a word is missed after 4 s rather than 10.
            ("transport/link/tx/lease", "4000".to_owned()),
            // Twice the longest message: what is longer is refused before it is put together.
            ("transport/link/rx/max_message_size", "2097152".to_owned()),
        ];
        if let Some(tls) = &self.tls {
            let file = |path: &PathBuf| json(&path.to_string_lossy());
            settings.extend([
                ("transport/link/tls/root_ca_certificate", file(&tls.ca)),
                ("transport/link/tls/listen_certificate", file(&tls.certificate)),
                ("transport/link/tls/listen_private_key", file(&tls.key)),
                ("transport/link/tls/connect_certificate", file(&tls.certificate)),
                ("transport/link/tls/connect_private_key", file(&tls.key)),
                ("transport/link/tls/enable_mtls", "true".to_owned()),
                ("transport/link/tls/verify_name_on_connect", "true".to_owned()),
                ("transport/link/tls/close_link_on_expiration", "true".to_owned()),
            ]);
        }
        settings
    }
}

/// A JSON string.
fn json(text: &str) -> String {
    let mut quoted = String::from("\"");
    for c in text.chars() {
        match c {
            '"' | '\\' => quoted.extend(['\\', c]),
            c if c.is_control() => quoted.push_str(&format!("\\u{:04x}", c as u32)),
            c => quoted.push(c),
        }
    }
    quoted.push('"');
    quoted
}
