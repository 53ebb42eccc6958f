//! Targets in the picture: the VMTI local set and its VTarget packs, MISB ST 0903.5, sections 7 and 8.

use super::KlvError;
use super::ber::{read_length, read_oid, take, write_length, write_oid};
use super::mapping::Mapping;
use super::set::LocalSet;

/// The version of ST 0903 that is written.
const VERSION: u64 = 5;
/// Most targets of one set; further ones are an error when read, and are left out, the least likely first, when written.
pub const TARGETS_MAX: usize = 256;

const LATITUDE: Mapping = Mapping::Imapb { least: -90.0, most: 90.0, bytes: 4 };
const LONGITUDE: Mapping = Mapping::Imapb { least: -180.0, most: 180.0, bytes: 4 };
const HEIGHT: Mapping = Mapping::Imapb { least: -900.0, most: 19_000.0, bytes: 2 };
const DEVIATION: Mapping = Mapping::Imapb { least: 0.0, most: 650.0, bytes: 2 };
const FIELD_OF_VIEW: Mapping = Mapping::Imapb { least: 0.0, most: 180.0, bytes: 2 };

/// A VMTI set as far as it is understood here.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Vmti {
    /// Name of the system that finds the targets.
    pub system: Option<String>,
    /// Name of the sensor.
    pub sensor: Option<String>,
    /// Width and height of the picture, pixels. Pixels are numbered by them, so no box is written without.
    pub picture: Option<(u32, u32)>,
    /// Horizontal and vertical field of view, degrees.
    pub field_of_view_deg: Option<(f64, f64)>,
    /// How many targets were found, of which these are the ones reported.
    pub found: Option<u64>,
    /// The targets.
    pub targets: Vec<VTarget>,
    /// Items with other tags, as they came.
    pub others: LocalSet,
}

/// One target of a picture.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct VTarget {
    /// Its number: the track's.
    pub id: u32,
    /// Row and column of its centre, from 1.
    pub centre: Option<Pixel>,
    /// The box's upper left and lower right pixels.
    pub corners: Option<(Pixel, Pixel)>,
    /// How likely it is one, percent.
    pub confidence_percent: Option<u8>,
    /// In how many earlier pictures it was detected.
    pub history: Option<u64>,
    /// Where it is.
    pub location: Option<Location>,
    /// What it is, in words of an ontology.
    pub class: Option<Class>,
    /// Items with other tags, as they came.
    pub others: LocalSet,
}

/// A pixel, row and column from 1 (ST 0903.5, 8.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pixel {
    /// From 1 at the top.
    pub row: u32,
    /// From 1 at the left.
    pub column: u32,
}

/// Where a target is.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Location {
    /// WGS-84, degrees.
    pub latitude_deg: f64,
    /// WGS-84, degrees.
    pub longitude_deg: f64,
    /// Above the ellipsoid, metres.
    pub height_m: f64,
    /// Standard deviations east, north, up, metres.
    pub deviation_m: Option<[f64; 3]>,
}

/// A class by an ontology (VObject set, ST 0903.5, section 9).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Class {
    /// Its address.
    pub ontology: String,
    /// The class in it.
    pub class: String,
}

impl Vmti {
    /// Reads a set, as in item 74 of ST 0601. Targets are read one by one; one that is none is left out and counted.
    ///
    /// # Errors
    /// Where the set's items do not fit in.
    pub fn read(bytes: &[u8]) -> Result<(Self, usize), KlvError> {
        let set = LocalSet::read(bytes)?;
        let mut vmti = Self { system: set.text(3), sensor: set.text(10), found: set.unsigned(5), ..Self::default() };
        let side = |tag| set.unsigned(tag).and_then(|side| u32::try_from(side).ok()).filter(|side| *side > 0);
        vmti.picture = side(8).zip(side(9));
        let angle = |tag| set.get(tag).and_then(|bytes| FIELD_OF_VIEW.read(bytes));
        vmti.field_of_view_deg = angle(11).zip(angle(12));
        let width = vmti.picture.map(|(width, _)| width);
        let mut nonsense = 0;
        if let Some(mut series) = set.get(101) {
            while !series.is_empty() {
                if vmti.targets.len() == TARGETS_MAX {
                    return Err(KlvError::Long { what: "a series of targets", most: TARGETS_MAX });
                }
                let length = read_length(&mut series)?;
                match VTarget::read(take(&mut series, length, "a target")?, width) {
                    Ok(target) => vmti.targets.push(target),
                    Err(_) => nonsense += 1,
                }
            }
        }
        for (tag, bytes) in set.items().filter(|(tag, _)| !matches!(tag, 3 | 4 | 5 | 6 | 8..=12 | 101)) {
            vmti.others.put(tag, bytes.to_vec());
        }
        Ok((vmti, nonsense))
    }

    /// The set's bytes, without the checksum that only a packet of its own has.
    ///
    /// # Errors
    /// Where a number is out of range.
    pub fn to_bytes(&self) -> Result<Vec<u8>, KlvError> {
        let mut targets: Vec<_> = self.targets.iter().collect();
        if targets.len() > TARGETS_MAX {
            targets.sort_by_key(|target| std::cmp::Reverse(target.confidence_percent));
            targets.truncate(TARGETS_MAX);
        }
        let mut set = LocalSet::default();
        for (tag, text) in [(3, &self.system), (10, &self.sensor)] {
            text.iter().for_each(|text| set.put(tag, text.clone().into_bytes()));
        }
        set.put_unsigned(4, VERSION);
        set.put_unsigned(5, self.found.unwrap_or(self.targets.len() as u64));
        set.put_unsigned(6, targets.len() as u64);
        if let Some((width, height)) = self.picture {
            set.put_unsigned(8, u64::from(width));
            set.put_unsigned(9, u64::from(height));
        }
        if let Some((horizontal, vertical)) = self.field_of_view_deg {
            set.put(11, FIELD_OF_VIEW.write(horizontal, "horizontal field of view")?);
            set.put(12, FIELD_OF_VIEW.write(vertical, "vertical field of view")?);
        }
        self.others.items().for_each(|(tag, bytes)| set.put(tag, bytes.to_vec()));
        let mut series = Vec::new();
        for target in targets {
            let pack = target.to_bytes(self.picture.map(|(width, _)| width))?;
            write_length(&mut series, pack.len());
            series.extend(pack);
        }
        if !series.is_empty() {
            set.put(101, series);
        }
        let mut out = Vec::new();
        set.write(&mut out);
        Ok(out)
    }
}

/// A pixel's number: (row − 1) · width + column (ST 0903.5, 8.1).
fn pixel_of(number: u64, width: u32) -> Option<Pixel> {
    let index = number.checked_sub(1)?;
    let row = u32::try_from(index / u64::from(width)).ok()?.checked_add(1)?;
    Some(Pixel { row, column: (index % u64::from(width)) as u32 + 1 })
}

fn number_of(pixel: Pixel, width: u32) -> u64 {
    u64::from(pixel.row.saturating_sub(1)) * u64::from(width) + u64::from(pixel.column)
}

impl VTarget {
    fn read(mut pack: &[u8], width: Option<u32>) -> Result<Self, KlvError> {
        let id = read_oid(&mut pack)?;
        let set = LocalSet::read(pack)?;
        let numbered = |tag| pixel_of(set.unsigned(tag)?, width?);
        // An item without bytes says that there is no value any more (ST 0107.4, 6.5).
        let filled = |tag| set.get(tag).filter(|bytes| !bytes.is_empty());
        let part = |tag| set.unsigned(tag).and_then(|part| u32::try_from(part).ok());
        let apart = part(19).zip(part(20)).map(|(row, column)| Pixel { row, column });
        let mut others = LocalSet::default();
        for (tag, bytes) in set.items().filter(|(tag, _)| !matches!(tag, 1..=3 | 5 | 6 | 17 | 19 | 20 | 102)) {
            others.put(tag, bytes.to_vec());
        }
        Ok(Self {
            id,
            centre: apart.or_else(|| numbered(1)),
            corners: numbered(2).zip(numbered(3)),
            confidence_percent: set
                .unsigned(5)
                .and_then(|percent| u8::try_from(percent).ok())
                .filter(|percent| *percent <= 100),
            history: set.unsigned(6),
            location: filled(17).map(Location::read).transpose()?,
            class: filled(102).map(Class::read).transpose()?,
            others,
        })
    }

    fn to_bytes(&self, width: Option<u32>) -> Result<Vec<u8>, KlvError> {
        let mut set = LocalSet::default();
        if let Some(width) = width {
            self.centre.iter().for_each(|centre| set.put_unsigned(1, number_of(*centre, width)));
            if let Some((upper_left, lower_right)) = &self.corners {
                set.put_unsigned(2, number_of(*upper_left, width));
                set.put_unsigned(3, number_of(*lower_right, width));
            }
        }
        self.confidence_percent.iter().for_each(|percent| set.put_unsigned(5, u64::from((*percent).min(100))));
        self.history.iter().for_each(|history| set.put_unsigned(6, *history));
        if let Some(location) = &self.location {
            set.put(17, location.to_bytes()?);
        }
        if let Some(centre) = &self.centre {
            set.put_unsigned(19, u64::from(centre.row));
            set.put_unsigned(20, u64::from(centre.column));
        }
        self.class.iter().for_each(|class| set.put(102, class.to_bytes()));
        self.others.items().for_each(|(tag, bytes)| set.put(tag, bytes.to_vec()));
        let mut out = Vec::new();
        write_oid(&mut out, self.id);
        set.write(&mut out);
        Ok(out)
    }
}

impl Location {
    /// A pack that may end early (ST 0903.5, 8.17).
    fn read(mut pack: &[u8]) -> Result<Self, KlvError> {
        let mut number = |mapping: &Mapping, bytes: usize, name: &'static str| {
            mapping.read(take(&mut pack, bytes, "a location")?).ok_or(KlvError::Kind { name, expected: "a number" })
        };
        let (latitude_deg, longitude_deg) = (number(&LATITUDE, 4, "latitude")?, number(&LONGITUDE, 4, "longitude")?);
        let height_m = number(&HEIGHT, 2, "height")?;
        let mut deviation = || number(&DEVIATION, 2, "deviation").ok();
        let deviation_m = (|| Some([deviation()?, deviation()?, deviation()?]))();
        Ok(Self { latitude_deg, longitude_deg, height_m, deviation_m })
    }

    fn to_bytes(self) -> Result<Vec<u8>, KlvError> {
        let mut out = LATITUDE.write(self.latitude_deg, "latitude")?;
        out.extend(LONGITUDE.write(self.longitude_deg, "longitude")?);
        out.extend(HEIGHT.write(self.height_m, "height")?);
        for deviation in self.deviation_m.iter().flatten() {
            // What is farther off than the field holds is written as its end.
            out.extend(DEVIATION.write(deviation.clamp(0.0, 650.0), "deviation")?);
        }
        Ok(out)
    }
}

impl Class {
    fn read(bytes: &[u8]) -> Result<Self, KlvError> {
        let set = LocalSet::read(bytes)?;
        Ok(Self { ontology: set.text(1).unwrap_or_default(), class: set.text(2).unwrap_or_default() })
    }

    fn to_bytes(&self) -> Vec<u8> {
        let mut set = LocalSet::default();
        set.put(1, self.ontology.clone().into_bytes());
        set.put(2, self.class.clone().into_bytes());
        let mut out = Vec::new();
        set.write(&mut out);
        out
    }
}
