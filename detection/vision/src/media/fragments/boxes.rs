//! The boxes of an MP4 stream (ISO/IEC 14496-12; clauses in brackets): one track, one sample a fragment; or a movie that is
//! whole, with a track of timed metadata beside the pictures where there is any.

use super::TIMESCALE;
use super::access_unit::Parameters;

/// The identity matrix of a movie and a track (8.2.2).
const MATRIX: [u32; 9] = [0x1_0000, 0, 0, 0, 0x1_0000, 0, 0, 0, 0x4000_0000];
/// `sample_flags` (8.8.3.1): depends on no other; depends on others and is no sync sample.
const SYNC: u32 = 0x0200_0000;
const NOT_SYNC: u32 = 0x0101_0000;
/// Profiles whose configuration record states the sampling and depth of colours (ISO/IEC 14496-15, 5.3.3.1.2).
const HIGH: [u8; 4] = [100, 110, 122, 144];

/// What the samples of metadata are: the key of MISB ST 0601's local set, as a name (RFC 5119, 3).
pub const METADATA: &str = "urn:smpte:ul:060e2b34.020b0101.0e010301.01000000";

/// A frame, or a packet of metadata.
#[derive(Clone, Copy)]
pub(crate) struct Sample<'a> {
    pub(crate) begins: u64,
    pub(crate) length: u32,
    pub(crate) key: bool,
    pub(crate) bytes: &'a [u8],
}

/// What is in the movie beside the fragments: all of it, or nothing.
#[derive(Clone, Copy)]
struct Whole<'a> {
    samples: &'a [Sample<'a>],
    /// When the movie was taken, seconds since 1904 (8.2.2.3).
    taken_s: u32,
    /// Where its data begin in the file.
    offset: u32,
}

impl Whole<'_> {
    const NOTHING: Self = Self { samples: &[], taken_s: 0, offset: 0 };

    /// Ticks; none is no duration, so what plays it knows that it is live.
    fn length(&self) -> u32 {
        self.samples.iter().map(|sample| sample.length).fold(0, u32::saturating_add)
    }
}

/// `ftyp` and `moov` before fragments.
pub(super) fn initialization(parameters: &Parameters, width: u16, height: u16) -> Vec<u8> {
    head(parameters, [width, height], Whole::NOTHING, Whole::NOTHING)
}

/// A movie that is whole: `ftyp`, `moov`, `mdat`, with as many packets of metadata as frames, or none; one that is not there
/// is empty. `taken_s`: when, seconds since 1904.
pub(crate) fn movie(
    parameters: &Parameters,
    sides: [u16; 2],
    taken_s: u32,
    samples: &[Sample<'_>],
    metadata: &[Sample<'_>],
) -> Vec<u8> {
    let size = |samples: &[Sample<'_>]| samples.iter().map(|sample| sample.bytes.len()).sum::<usize>();
    let tracks = |offset: usize| {
        let at = |offset: usize| u32::try_from(offset).unwrap_or(u32::MAX);
        let pictures = Whole { samples, taken_s, offset: at(offset) };
        (pictures, Whole { samples: metadata, taken_s, offset: at(offset + size(samples)) })
    };
    let (pictures, beside) = tracks(0);
    let length = head(parameters, sides, pictures, beside).len();
    // Behind the head of `mdat`; a number of another size would be no longer.
    let (pictures, beside) = tracks(length + 8);
    let mut bytes = head(parameters, sides, pictures, beside);
    bytes.reserve(8 + size(samples) + size(metadata));
    boxed(&mut bytes, b"mdat", |to| {
        samples.iter().chain(metadata).for_each(|sample| to.extend_from_slice(sample.bytes));
    });
    bytes
}

fn head(parameters: &Parameters, [width, height]: [u16; 2], whole: Whole<'_>, metadata: Whole<'_>) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(1200 + 16 * (whole.samples.len() + metadata.samples.len()));
    let beside = !metadata.samples.is_empty();
    // (4.3): no brand asks for more than is here.
    boxed(&mut bytes, b"ftyp", |to| {
        to.extend_from_slice(b"iso6\0\0\0\0iso6avc1mp41");
    });
    boxed(&mut bytes, b"moov", |moov| {
        // (8.2.2)
        full(moov, b"mvhd", 0, 0, |to| {
            words(to, &[whole.taken_s, whole.taken_s, TIMESCALE, whole.length(), 0x1_0000]);
            words(to, &[0x0100_0000, 0, 0]);
            words(to, &MATRIX);
            words(to, &[0, 0, 0, 0, 0, 0, if beside { 3 } else { 2 }]);
        });
        boxed(moov, b"trak", |trak| track(trak, parameters, width, height, whole));
        if beside {
            boxed(moov, b"trak", |trak| metadata_track(trak, metadata));
        }
        if whole.samples.is_empty() {
            // (8.8.1, 8.8.3)
            boxed(moov, b"mvex", |mvex| full(mvex, b"trex", 0, 0, |to| words(to, &[1, 1, 0, 0, 0])));
        }
    });
    bytes
}

fn track(trak: &mut Vec<u8>, parameters: &Parameters, width: u16, height: u16, whole: Whole<'_>) {
    // (8.3.2): enabled, in the movie.
    full(trak, b"tkhd", 0, 3, |to| {
        words(to, &[whole.taken_s, whole.taken_s, 1, 0, whole.length(), 0, 0, 0, 0]);
        words(to, &MATRIX);
        words(to, &[u32::from(width) << 16, u32::from(height) << 16]);
    });
    boxed(trak, b"mdia", |mdia| {
        // (8.4.2): language "und".
        full(mdia, b"mdhd", 0, 0, |to| {
            words(to, &[whole.taken_s, whole.taken_s, TIMESCALE, whole.length(), 0x55c4_0000]);
        });
        // (8.4.3)
        full(mdia, b"hdlr", 0, 0, |to| {
            to.extend_from_slice(b"\0\0\0\0vide\0\0\0\0\0\0\0\0\0\0\0\0\0");
        });
        boxed(mdia, b"minf", |minf| {
            // (12.1.2)
            full(minf, b"vmhd", 0, 1, |to| words(to, &[0, 0]));
            data_information(minf);
            boxed(minf, b"stbl", |stbl| {
                description(stbl, parameters, width, height);
                sample_tables(stbl, whole);
            });
        });
    });
}

/// (12.3): what was told beside the pictures, for each as long as it is shown.
fn metadata_track(trak: &mut Vec<u8>, whole: Whole<'_>) {
    // (8.3.2): enabled; it is not shown.
    full(trak, b"tkhd", 0, 1, |to| {
        words(to, &[whole.taken_s, whole.taken_s, 2, 0, whole.length(), 0, 0, 0, 0]);
        words(to, &MATRIX);
        words(to, &[0, 0]);
    });
    // (8.3.3): it describes the track of pictures.
    boxed(trak, b"tref", |tref| boxed(tref, b"cdsc", |to| words(to, &[1])));
    boxed(trak, b"mdia", |mdia| {
        full(mdia, b"mdhd", 0, 0, |to| {
            words(to, &[whole.taken_s, whole.taken_s, TIMESCALE, whole.length(), 0x55c4_0000]);
        });
        full(mdia, b"hdlr", 0, 0, |to| {
            to.extend_from_slice(b"\0\0\0\0meta\0\0\0\0\0\0\0\0\0\0\0\0\0");
        });
        boxed(mdia, b"minf", |minf| {
            // (8.4.5.2)
            full(minf, b"nmhd", 0, 0, |_| {});
            data_information(minf);
            boxed(minf, b"stbl", |stbl| {
                // (12.3.3.2)
                full(stbl, b"stsd", 0, 0, |stsd| {
                    words(stsd, &[1]);
                    boxed(stsd, b"urim", |to| {
                        words(to, &[0, 1]);
                        full(to, b"uri ", 0, 0, |to| to.extend_from_slice(&[METADATA.as_bytes(), b"\0"].concat()));
                    });
                });
                sample_tables(stbl, whole);
            });
        });
    });
}

/// (8.7.2): the samples are in this stream.
fn data_information(minf: &mut Vec<u8>) {
    boxed(minf, b"dinf", |dinf| {
        full(dinf, b"dref", 0, 0, |to| {
            words(to, &[1]);
            full(to, b"url ", 0, 1, |_| {});
        });
    });
}

/// (8.5.2, 12.1.3): what samples are.
fn description(stbl: &mut Vec<u8>, parameters: &Parameters, width: u16, height: u16) {
    full(stbl, b"stsd", 0, 0, |stsd| {
        words(stsd, &[1]);
        boxed(stsd, b"avc1", |to| {
            words(to, &[0, 1, 0, 0, 0, 0]);
            words(to, &[u32::from(width) << 16 | u32::from(height), 0x0048_0000, 0x0048_0000, 0]);
            to.extend_from_slice(&1u16.to_be_bytes());
            to.extend_from_slice(&[0; 32]);
            to.extend_from_slice(&[0, 24, 0xff, 0xff]);
            boxed(to, b"avcC", |to| configuration(to, parameters));
        });
    });
}

/// (8.6, 8.7): where they are; before fragments nothing, for each says it itself.
fn sample_tables(stbl: &mut Vec<u8>, whole: Whole<'_>) {
    let samples = whole.samples;
    let count = u32::try_from(samples.len()).unwrap_or(u32::MAX);
    if samples.is_empty() {
        for kind in [b"stts", b"stsc", b"stco"] {
            full(stbl, kind, 0, 0, |to| words(to, &[0]));
        }
        full(stbl, b"stsz", 0, 0, |to| words(to, &[0, 0]));
        return;
    }
    // (8.6.1.2): a run of one a sample; the lengths are those of the camera's own clock and seldom the same.
    full(stbl, b"stts", 0, 0, |to| {
        words(to, &[count]);
        samples.iter().for_each(|sample| words(to, &[1, sample.length]));
    });
    // (8.6.2): which stand by themselves, counted from 1; where it is not said, all.
    let keys: Vec<u32> = (1..).zip(samples).filter(|(_, sample)| sample.key).map(|(number, _)| number).collect();
    if keys.len() < samples.len() {
        full(stbl, b"stss", 0, 0, |to| {
            words(to, &[u32::try_from(keys.len()).unwrap_or(u32::MAX)]);
            words(to, &keys);
        });
    }
    // (8.7.4, 8.7.5): all of them in one chunk.
    full(stbl, b"stsc", 0, 0, |to| words(to, &[1, 1, count, 1]));
    full(stbl, b"stco", 0, 0, |to| words(to, &[1, whole.offset]));
    full(stbl, b"stsz", 0, 0, |to| {
        words(to, &[0, count]);
        samples.iter().for_each(|sample| words(to, &[u32::try_from(sample.bytes.len()).unwrap_or(u32::MAX)]));
    });
}

/// The decoder configuration record (ISO/IEC 14496-15, 5.3.3.1): lengths of four bytes, one set of each kind.
fn configuration(to: &mut Vec<u8>, parameters: &Parameters) {
    let [profile, constraints, level] = parameters.profile();
    to.extend_from_slice(&[1, profile, constraints, level, 0xff]);
    for (count, set) in [(0xe1, &parameters.sequence), (1, &parameters.picture)] {
        to.push(count);
        to.extend_from_slice(&u16::try_from(set.len()).unwrap_or(u16::MAX).to_be_bytes());
        to.extend_from_slice(set);
    }
    if HIGH.contains(&profile) {
        // 4:2:0, eight bits, no extensions: what frames are made to before they are encoded.
        to.extend_from_slice(&[0xfd, 0xf8, 0xf8, 0]);
    }
}

/// `moof` and `mdat`.
pub(super) fn fragment(sequence: u32, sample: &Sample<'_>) -> Vec<u8> {
    let size = u32::try_from(sample.bytes.len()).unwrap_or(u32::MAX);
    let mut bytes = Vec::with_capacity(sample.bytes.len() + 128);
    let mut offset_at = 0;
    boxed(&mut bytes, b"moof", |moof| {
        // (8.8.5)
        full(moof, b"mfhd", 0, 0, |to| words(to, &[sequence]));
        boxed(moof, b"traf", |traf| {
            // (8.8.7): offsets count from the fragment.
            full(traf, b"tfhd", 0, 0x02_0000, |to| words(to, &[1]));
            // (8.8.12)
            full(traf, b"tfdt", 1, 0, |to| to.extend_from_slice(&sample.begins.to_be_bytes()));
            // (8.8.8): offset of the data; length, size and flags of the sample.
            full(traf, b"trun", 0, 0x0701, |to| {
                words(to, &[1]);
                offset_at = to.len();
                words(to, &[0, sample.length, size, if sample.key { SYNC } else { NOT_SYNC }]);
            });
        });
    });
    // Behind the head of `mdat`.
    let offset = u32::try_from(bytes.len() + 8).unwrap_or(u32::MAX);
    bytes[offset_at..offset_at + 4].copy_from_slice(&offset.to_be_bytes());
    boxed(&mut bytes, b"mdat", |to| to.extend_from_slice(sample.bytes));
    bytes
}

/// A box (4.2): its length, its kind, and what `fill` puts into it.
fn boxed(to: &mut Vec<u8>, kind: &[u8; 4], fill: impl FnOnce(&mut Vec<u8>)) {
    let at = to.len();
    to.extend_from_slice(&[0; 4]);
    to.extend_from_slice(kind);
    fill(to);
    let length = u32::try_from(to.len() - at).unwrap_or(u32::MAX);
    to[at..at + 4].copy_from_slice(&length.to_be_bytes());
}

/// A box with a version and flags.
fn full(to: &mut Vec<u8>, kind: &[u8; 4], version: u8, flags: u32, fill: impl FnOnce(&mut Vec<u8>)) {
    boxed(to, kind, |to| {
        words(to, &[u32::from(version) << 24 | flags]);
        fill(to);
    });
}

fn words(to: &mut Vec<u8>, words: &[u32]) {
    to.extend(words.iter().flat_map(|word| word.to_be_bytes()));
}
