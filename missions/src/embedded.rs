//! The files shipped with the program, so that it works without the source tree.

use std::path::Path;

use crate::file::FileErrors;
use crate::plan::Plan;
use crate::scenario::Scenario;
use crate::site::Site;

macro_rules! shipped {
    ($($path:literal),* $(,)?) => {
        &[$(($path, include_bytes!(concat!("../files/", $path)))),*]
    };
}

/// Every shipped file by its path. Licences and provenance stand beside the files in the source tree.
static FILES: &[(&str, &[u8])] = shipped![
    "ais/oresund-2010-06-11.txt",
    "flights/drop_2016-09-15.csv",
    "incidents/kiel-holtenau.toml",
    "maps/kiel/fairways.toml",
    "maps/kiel/kiel.pmtiles",
    "maps/kiel/roads.toml",
    "maps/kiel/scenery.toml",
    "plans/border-east.toml",
    "plans/border-west.toml",
    "plans/kiel-boat-rounds.toml",
    "plans/kiel-fjord-high.toml",
    "plans/kiel-fjord-north.toml",
    "plans/kiel-harbour-watch.toml",
    "plans/oresund-patrol.toml",
    "scenarios/border-strip.toml",
    "scenarios/first-look.toml",
    "scenarios/kiel-night.toml",
    "scenarios/link-loss.toml",
    "scenarios/oresund-replay.toml",
    "scenarios/quiet-night.toml",
    "sites/border-strip.toml",
    "sites/kiel-holtenau.toml",
    "sites/oresund.toml",
];

/// A shipped file by its path, `scenarios/kiel-night.toml`.
#[must_use]
pub fn file(path: &str) -> Option<&'static [u8]> {
    FILES.iter().find(|(known, _)| *known == path).map(|(_, bytes)| *bytes)
}

/// The names of the shipped files of a folder (`sites`, `plans`, `scenarios`) without `.toml`, in order.
pub fn names(folder: &str) -> impl Iterator<Item = &'static str> {
    let start = format!("{folder}/");
    FILES.iter().filter_map(move |(path, _)| path.strip_prefix(&start)?.strip_suffix(".toml"))
}

/// The file name of a shipped file of a folder, given with or without `.toml`; nothing where there is none.
#[must_use]
pub fn file_name(folder: &str, name: &str) -> Option<String> {
    let bare = name.strip_suffix(".toml").unwrap_or(name);
    names(folder).find(|known| *known == bare).map(|known| format!("{known}.toml"))
}

/// A shipped site by its name, `kiel-holtenau`.
///
/// # Errors
/// [`FileErrors`] when there is none of that name; the shipped ones themselves are sound.
pub fn site(name: &str) -> Result<Site, FileErrors> {
    Site::open(Path::new(name))
}

/// A shipped plan by its name, `kiel-harbour-watch`.
///
/// # Errors
/// [`FileErrors`] when there is none of that name; the shipped ones themselves are sound.
pub fn plan(name: &str) -> Result<Plan, FileErrors> {
    Plan::open(Path::new(name))
}

/// A shipped scenario by its name, `kiel-night`.
///
/// # Errors
/// [`FileErrors`] when there is none of that name; the shipped ones themselves are sound.
pub fn scenario(name: &str) -> Result<Scenario, FileErrors> {
    Scenario::open(Path::new(name))
}
