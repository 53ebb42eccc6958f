//! `picket convert`: a mission, a file of zones or one of incidents in another format, and what that assumes and loses.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use clap::Args;
use missions::formats::{Document, Format, convert};
use missions::notation::AltitudeNote;
use missions::site::Incidents;
use missions::zones::{ZoneDocument, ZoneFormat};

#[derive(Args)]
pub(crate) struct Arguments {
    /// What is converted: .toml .plan .waypoints .kmz .kml .gpx .geojson, or zones with --zones
    input: PathBuf,
    /// What it becomes, by its ending: .toml .plan .waypoints .kmz .geojson
    output: PathBuf,
    /// Height above the place of take-off for places without one, metres
    #[arg(long, value_name = "M")]
    height_m: Option<f64>,
    /// The files are zones: ED-269, ED-318 or OpenAir become one of the first two
    #[arg(long, value_enum, value_name = "FORMAT")]
    zones: Option<ZonesTo>,
    /// The files are a site's incidents: .toml becomes .geojson, and the other way round
    #[arg(long, conflicts_with_all = ["zones", "height_m"])]
    incidents: bool,
    /// Write nothing when anything would be assumed or lost
    #[arg(long)]
    strict: bool,
}

#[derive(clap::ValueEnum, Clone, Copy)]
enum ZonesTo {
    /// EUROCAE ED-269
    #[value(name = "ed269")]
    Ed269,
    /// EUROCAE ED-318
    #[value(name = "ed318")]
    Ed318,
}

/// Converts the file; says on standard error what was assumed and what was lost.
pub(crate) fn run(arguments: &Arguments) -> anyhow::Result<()> {
    let Arguments { input, output, height_m, zones, incidents, strict } = arguments;
    let (name, bytes) = open(input)?;
    let (written, remarks) = match zones {
        Some(to) => {
            let to = match to {
                ZonesTo::Ed269 => ZoneFormat::Ed269,
                ZonesTo::Ed318 => ZoneFormat::Ed318,
            };
            ZoneDocument::read(&name, &bytes)?.convert(&name, to)?
        }
        None if *incidents => incidents_as(output, Incidents::read(&name, &bytes)?)?,
        None => {
            let to = Format::of_name(&output.display().to_string())?;
            let document = Document::read(&name, &bytes)?;
            let converted = convert(&document, &name, to, height_m.map(AltitudeNote::HomeM))?;
            (converted.bytes, converted.remarks)
        }
    };
    for remark in &remarks {
        eprintln!("{remark}");
    }
    if *strict && !remarks.is_empty() {
        bail!("{}: {} things would be assumed or lost; nothing was written", input.display(), remarks.len());
    }
    fs::write(output, written).with_context(|| format!("cannot write {}", output.display()))
}

/// Incidents in the format that the ending of a file asks for, and what is lost.
fn incidents_as(output: &Path, incidents: Incidents) -> anyhow::Result<(Vec<u8>, Vec<String>)> {
    let ending = output.extension().map(|ending| ending.to_ascii_lowercase());
    let bytes = match ending.as_ref().and_then(|ending| ending.to_str()) {
        Some("toml") => incidents.to_toml().into_bytes(),
        Some("geojson" | "json") => incidents.to_geojson(),
        _ => bail!("{}: allowed: a name that ends in .toml or .geojson", output.display()),
    };
    let remarks = incidents.lost.into_iter().map(|lost| format!("lost: {lost}")).collect();
    Ok((bytes, remarks))
}

/// A file, and the name a person knows it by.
pub(crate) fn open(path: &Path) -> anyhow::Result<(String, Vec<u8>)> {
    let name = path.display().to_string();
    let bytes = fs::read(path).with_context(|| format!("cannot read {name}"))?;
    Ok((name, bytes))
}
