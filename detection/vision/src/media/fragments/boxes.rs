//! The boxes of an MP4 stream (ISO/IEC 14496-12; clauses in brackets): one track, one sample a fragment.

use super::TIMESCALE;
use super::access_unit::Parameters;

/// The identity matrix of a movie and a track (8.2.2).
const MATRIX: [u32; 9] = [0x1_0000, 0, 0, 0, 0x1_0000, 0, 0, 0, 0x4000_0000];
/// `sample_flags` (8.8.3.1): depends on no other; depends on others and is no sync sample.
const SYNC: u32 = 0x0200_0000;
const NOT_SYNC: u32 = 0x0101_0000;
/// Profiles whose configuration record states the sampling and depth of colours (ISO/IEC 14496-15, 5.3.3.1.2).
const HIGH: [u8; 4] = [100, 110, 122, 144];

/// The sample of a fragment.
pub(super) struct Sample<'a> {
    pub(super) begins: u64,
    pub(super) length: u32,
    pub(super) key: bool,
    pub(super) bytes: &'a [u8],
}

/// `ftyp` and `moov`.
pub(super) fn initialization(parameters: &Parameters, width: u16, height: u16) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(800);
    // (4.3): no brand asks for more than is here.
    boxed(&mut bytes, b"ftyp", |to| {
        to.extend_from_slice(b"iso6\0\0\0\0iso6avc1mp41");
    });
    boxed(&mut bytes, b"moov", |moov| {
        // (8.2.2): no duration, so what plays it knows that it is live.
        full(moov, b"mvhd", 0, 0, |to| {
            words(to, &[0, 0, TIMESCALE, 0, 0x1_0000]);
            words(to, &[0x0100_0000, 0, 0]);
            words(to, &MATRIX);
            words(to, &[0, 0, 0, 0, 0, 0, 2]);
        });
        boxed(moov, b"trak", |trak| track(trak, parameters, width, height));
        // (8.8.1, 8.8.3)
        boxed(moov, b"mvex", |mvex| full(mvex, b"trex", 0, 0, |to| words(to, &[1, 1, 0, 0, 0])));
    });
    bytes
}

fn track(trak: &mut Vec<u8>, parameters: &Parameters, width: u16, height: u16) {
    // (8.3.2): enabled, in the movie.
    full(trak, b"tkhd", 0, 3, |to| {
        words(to, &[0, 0, 1, 0, 0, 0, 0, 0, 0]);
        words(to, &MATRIX);
        words(to, &[u32::from(width) << 16, u32::from(height) << 16]);
    });
    boxed(trak, b"mdia", |mdia| {
        // (8.4.2): language "und".
        full(mdia, b"mdhd", 0, 0, |to| words(to, &[0, 0, TIMESCALE, 0, 0x55c4_0000]));
        // (8.4.3)
        full(mdia, b"hdlr", 0, 0, |to| {
            to.extend_from_slice(b"\0\0\0\0vide\0\0\0\0\0\0\0\0\0\0\0\0\0");
        });
        boxed(mdia, b"minf", |minf| {
            // (12.1.2)
            full(minf, b"vmhd", 0, 1, |to| words(to, &[0, 0]));
            // (8.7.2): the samples are in this stream.
            boxed(minf, b"dinf", |dinf| {
                full(dinf, b"dref", 0, 0, |to| {
                    words(to, &[1]);
                    full(to, b"url ", 0, 1, |_| {});
                });
            });
            boxed(minf, b"stbl", |stbl| sample_table(stbl, parameters, width, height));
        });
    });
}

/// (8.5): what samples are; where they are, each fragment says.
fn sample_table(stbl: &mut Vec<u8>, parameters: &Parameters, width: u16, height: u16) {
    full(stbl, b"stsd", 0, 0, |stsd| {
        words(stsd, &[1]);
        // (8.5.2, 12.1.3)
        boxed(stsd, b"avc1", |to| {
            words(to, &[0, 1, 0, 0, 0, 0]);
            words(to, &[u32::from(width) << 16 | u32::from(height), 0x0048_0000, 0x0048_0000, 0]);
            to.extend_from_slice(&1u16.to_be_bytes());
            to.extend_from_slice(&[0; 32]);
            to.extend_from_slice(&[0, 24, 0xff, 0xff]);
            boxed(to, b"avcC", |to| configuration(to, parameters));
        });
    });
    for kind in [b"stts", b"stsc", b"stco"] {
        full(stbl, kind, 0, 0, |to| words(to, &[0]));
    }
    full(stbl, b"stsz", 0, 0, |to| words(to, &[0, 0]));
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
