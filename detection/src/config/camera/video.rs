//! `[video]` and `[video.evidence]`: what is sent, recorded and kept.

use std::net::SocketAddr;
use std::path::PathBuf;

use serde::Deserialize;
use vision::media::serve::Viewer;

use super::within;

/// What is sent and kept.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct VideoTable {
    pub(crate) rtsp: Option<SocketAddr>,
    viewer: Option<PathBuf>,
    pub(crate) udp: Option<SocketAddr>,
    pub(crate) record: Option<PathBuf>,
    pub(crate) live: bool,
    pub(crate) pass_through: bool,
    pub(crate) evidence: Option<EvidenceTable>,
    segment_s: u32,
    pub(crate) kilobits_per_s: u32,
    pub(crate) rate: u32,
}

/// What is kept of an alert.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct EvidenceTable {
    pub(crate) folder: PathBuf,
    #[serde(default = "ten")]
    before_s: f64,
    #[serde(default = "twenty")]
    after_s: f64,
    #[serde(default = "five_minutes")]
    recent_s: f64,
    #[serde(default = "two_gibibytes")]
    total_mib: u64,
}

fn ten() -> f64 {
    10.0
}

fn twenty() -> f64 {
    20.0
}

fn five_minutes() -> f64 {
    300.0
}

fn two_gibibytes() -> u64 {
    2048
}

impl EvidenceTable {
    /// How long before an alert a clip begins, ns.
    pub(crate) fn before_ns(&self) -> i64 {
        (self.before_s * 1e9) as i64
    }

    /// How long after an alert a clip ends, ns.
    pub(crate) fn after_ns(&self) -> i64 {
        (self.after_s * 1e9) as i64
    }

    /// How long video is kept in memory at least, as far as there is room for it, ns.
    pub(crate) fn recent_ns(&self) -> i64 {
        (self.recent_s * 1e9) as i64
    }

    /// How much is kept.
    pub(crate) fn bytes_max(&self) -> u64 {
        self.total_mib << 20
    }

    pub(super) fn check(&self) -> Result<(), String> {
        let refuse = |what: String| format!("[video.evidence] {what}");
        within("before_s", self.before_s, 0.0..=60.0).map_err(refuse)?;
        within("after_s", self.after_s, 0.0..=60.0).map_err(refuse)?;
        within("recent_s", self.recent_s, 0.0..=3600.0).map_err(refuse)?;
        within("total_mib", self.total_mib as f64, 64.0..=1_048_576.0).map_err(refuse)
    }
}

impl Default for VideoTable {
    fn default() -> Self {
        Self {
            rtsp: None,
            viewer: None,
            udp: None,
            record: None,
            live: false,
            pass_through: false,
            evidence: None,
            segment_s: 60,
            kilobits_per_s: 2000,
            rate: 25,
        }
    }
}

impl VideoTable {
    /// Whether encoded video is wanted whoever looks.
    pub(crate) fn is_wanted(&self) -> bool {
        self.rtsp.is_some() || self.udp.is_some() || self.record.is_some() || self.evidence.is_some()
    }

    /// How long a segment of the recording is at least, ns.
    pub(crate) fn segment_ns(&self) -> u64 {
        u64::from(self.segment_s.max(1)) * 1_000_000_000
    }

    /// Who may watch, read from the file.
    pub(crate) fn viewer(&self) -> anyhow::Result<Option<Viewer>> {
        let Some(path) = &self.viewer else { return Ok(None) };
        let text = std::fs::read_to_string(path)
            .map_err(|error| anyhow::anyhow!("[video] viewer: cannot read {}: {error}", path.display()))?;
        let viewer = text
            .trim()
            .split_once(':')
            .map(|(name, password)| Viewer { name: name.to_owned(), password: password.to_owned() });
        let viewer = viewer.filter(|viewer| !viewer.name.is_empty() && viewer.password.len() >= 8);
        viewer.map(Some).ok_or_else(|| {
            anyhow::anyhow!(
                "[video] viewer: {}: allowed is name:password, the password of 8 letters or more",
                path.display()
            )
        })
    }
}
