//! Things in a picture as targets beside the video (MISB ST 0903), and back as boxes: a picture that is cut out of a recording
//! has of them what the metadata of its frame says.
//!
//! *Corners* are the first and the last pixel of a box. A box comes back with sides that lie within half a pixel of where they
//! were, as far as it lay in the picture, with its track, its class, and its confidence to a hundredth. Recordings of older
//! versions name no class, and as the last pixel the one behind it.
//!
//! What is read is believed no more than any foreign bytes: what is no packet, no target, or no box of this picture is dropped
//! and counted. Bounds: [`VIDEO_BOXES_MAX`] boxes, [`CLASS_CHARS_MAX`] characters of a class.

use nalgebra::Vector2;
use telemetry::messages::{VIDEO_BOXES_MAX, VideoBox};
use vision::klv::uas::UasPacket;
use vision::klv::vmti::{Class, Pixel, VTarget};
use vision::pipeline::Thing;

/// What the names of classes are taken from: nobody's ontology but ours.
const ONTOLOGY: &str = "urn:x-picket:class";
/// More of a class's name is cut off.
const CLASS_CHARS_MAX: usize = 64;
/// What has no class.
const UNKNOWN: &str = "unknown";

/// A thing on a track as a target of its picture, width and height in pixels.
pub(super) fn target(thing: &Thing, [width, height]: [usize; 2]) -> VTarget {
    let centre = thing.centre();
    let [left, top, across, down] = thing.bounds;
    let (columns, rows) = (pixels(left, left + across, width), pixels(top, top + down, height));
    VTarget {
        id: u32::try_from(thing.track.unwrap_or_default()).unwrap_or(u32::MAX),
        centre: Some(pixel(Vector2::new(within(centre.x, width), within(centre.y, height)))),
        corners: Some((pixel(Vector2::new(columns[0], rows[0])), pixel(Vector2::new(columns[1], rows[1])))),
        confidence_percent: Some((thing.confidence * 100.0).round().clamp(0.0, 100.0) as u8),
        class: Some(Class { ontology: ONTOLOGY.to_owned(), class: thing.class.clone() }),
        ..VTarget::default()
    }
}

/// The first and the last of so many pixels between two edges, counted from 0. There is always one.
fn pixels(from: f64, to: f64, side: usize) -> [f64; 2] {
    let first = within(from, side);
    [first, within(to.round() - 1.0, side).max(first)]
}

fn within(at: f64, side: usize) -> f64 {
    at.round().clamp(0.0, side as f64 - 1.0)
}

fn pixel(at: Vector2<f64>) -> Pixel {
    Pixel { row: at.y as u32 + 1, column: at.x as u32 + 1 }
}

/// What a metadata packet says was seen in its frame, and how much in it was none.
pub(super) fn boxes(packet: &[u8], picture: [usize; 2]) -> (Vec<VideoBox>, usize) {
    let Ok(packet) = UasPacket::read(packet) else { return (Vec::new(), 1) };
    let (vmti, mut dropped) = match packet.vmti() {
        Ok(Some(read)) => read,
        // Nobody looked at this frame.
        Ok(None) => return (Vec::new(), 0),
        Err(_) => return (Vec::new(), 1),
    };
    let targets = vmti.targets.len();
    // Pixels of another picture are not this one's.
    if vmti.picture.map(|(width, height)| [width, height].map(|side| side as usize)) != Some(picture) {
        return (Vec::new(), dropped + targets);
    }
    let boxes: Vec<VideoBox> = vmti.targets.into_iter().filter_map(|target| boxed(target, picture)).collect();
    dropped += targets - boxes.len();
    (boxes.into_iter().take(VIDEO_BOXES_MAX).collect(), dropped)
}

/// The box of a target, where it has one that lies in the picture.
fn boxed(target: VTarget, [width, height]: [usize; 2]) -> Option<VideoBox> {
    let (first, last) = target.corners?;
    let lies = (1..=last.column).contains(&first.column)
        && (1..=last.row).contains(&first.row)
        && last.column as usize <= width
        && last.row as usize <= height;
    let named = target.class.map(|class| class.class.chars().take(CLASS_CHARS_MAX).collect::<String>());
    lies.then(|| VideoBox {
        bounds: [first.column - 1, first.row - 1, last.column - first.column + 1, last.row - first.row + 1]
            .map(|side| side as f32),
        class: named.filter(|class| !class.is_empty()).unwrap_or_else(|| UNKNOWN.to_owned()),
        confidence: target.confidence_percent.map_or(0.0, |percent| f32::from(percent) / 100.0),
        track: Some(u64::from(target.id)),
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use vision::klv::vmti::Vmti;

    use super::*;

    const PICTURE: [usize; 2] = [640, 512];

    fn thing(bounds: [f64; 4], class: &str) -> Thing {
        Thing { bounds, class: class.to_owned(), confidence: 0.834, track: Some(7), detected: true }
    }

    fn packet(targets: Vec<VTarget>, picture: Option<(u32, u32)>) -> UasPacket {
        let mut packet = UasPacket::new(1_795_230_720_000_000);
        packet.put_vmti(&Vmti { picture, targets, ..Vmti::default() }).unwrap();
        packet
    }

    /// What comes back of things that were written beside a picture.
    fn back(things: &[Thing]) -> Vec<VideoBox> {
        let targets = things.iter().map(|thing| target(thing, PICTURE)).collect();
        let (boxes, dropped) = boxes(&packet(targets, Some((640, 512))).to_bytes(), PICTURE);
        assert_eq!(dropped, 0);
        boxes
    }

    #[test]
    fn a_box_comes_back_where_it_was_as_far_as_it_lay_in_the_picture() {
        for (bounds, expected) in [
            ([10.0, 20.0, 30.0, 40.0], [10.0, 20.0, 30.0, 40.0]),
            ([10.4, 20.6, 30.2, 40.0], [10.0, 21.0, 31.0, 40.0]),
            ([-5.0, -7.0, 15.0, 8.0], [0.0, 0.0, 10.0, 1.0]),
            ([630.0, 500.0, 60.0, 60.0], [630.0, 500.0, 10.0, 12.0]),
            ([100.2, 100.2, 0.1, 0.0], [100.0, 100.0, 1.0, 1.0]),
            ([0.0, 0.0, 640.0, 512.0], [0.0, 0.0, 640.0, 512.0]),
        ] {
            let [found] = &back(&[thing(bounds, "drone")])[..] else { panic!("{bounds:?}") };
            let expected = VideoBox { bounds: expected, class: "drone".into(), confidence: 0.83, track: Some(7) };
            assert_eq!(found, &expected, "{bounds:?}");
        }
    }

    #[test]
    fn of_a_packet_only_boxes_of_this_picture_are_taken_and_the_rest_is_counted() {
        let right = target(&thing([10.0, 20.0, 30.0, 40.0], "boat"), PICTURE);
        let (first, last) = right.corners.unwrap();
        let with = |corners| VTarget { corners, ..right.clone() };
        let check = |targets: Vec<VTarget>, picture, expected: (usize, usize)| {
            let (boxes, dropped) = boxes(&packet(targets, picture).to_bytes(), PICTURE);
            assert_eq!((boxes.len(), dropped), expected, "{boxes:?}");
            boxes
        };
        let whole = Some((640, 512));
        check(vec![right.clone()], whole, (1, 0));
        check(vec![], whole, (0, 0));
        check(vec![with(None), with(Some((last, first))), right.clone()], whole, (1, 2));
        let below = Pixel { row: 513, column: 1 };
        check(vec![with(Some((first, below))), with(Some((below, below)))], whole, (0, 2));
        for other in [None, Some((641, 512)), Some((640, 511))] {
            check(vec![right.clone()], other, (0, 1));
        }
        check(vec![right.clone(); 200], whole, (VIDEO_BOXES_MAX, 0));
        let named = |class: &str| {
            let class = Some(Class { ontology: String::new(), class: class.to_owned() });
            check(vec![VTarget { class, ..right.clone() }], whole, (1, 0)).remove(0).class
        };
        assert_eq!((named(""), named("boat")), ("unknown".to_owned(), "boat".to_owned()));
        assert_eq!(named(&"ü".repeat(5_000)), "ü".repeat(CLASS_CHARS_MAX));
        let plain = VTarget { class: None, confidence_percent: None, ..right };
        let found = check(vec![plain], whole, (1, 0)).remove(0);
        assert_eq!((found.class.as_str(), found.confidence), ("unknown", 0.0));
        assert_eq!(boxes(&UasPacket::new(1).to_bytes(), PICTURE), (vec![], 0), "nobody looked at the frame");
        let mut broken = UasPacket::new(1);
        broken.put_bytes(74, vec![101, 200, 3]);
        assert_eq!(boxes(&broken.to_bytes(), PICTURE), (vec![], 1));
    }

    proptest! {
        /// Boxes are moved by half a pixel at most, wherever they lie in the picture.
        #[test]
        fn sides_come_back_to_half_a_pixel(
            left in 0.0..600.0f64, top in 0.0..480.0f64, across in 1.0..40.0f64, down in 1.0..32.0f64,
        ) {
            let found = back(&[thing([left, top, across, down], "bird")]).remove(0).bounds.map(f64::from);
            for (found, expected) in [
                (found[0], left), (found[1], top), (found[0] + found[2], left + across), (found[1] + found[3], top + down),
            ] {
                prop_assert!((found - expected).abs() <= 0.5 + 1e-9, "{found} for {expected}");
            }
        }

        /// Bytes of anybody are boxes in the picture or nothing; a packet that was changed is none.
        #[test]
        fn foreign_bytes_are_boxes_of_the_picture_or_counted(
            bytes in prop::collection::vec(any::<u8>(), 0..200), at in 0usize..80, bit in 0u8..8, vmti in any::<bool>(),
        ) {
            let ours = packet(vec![target(&thing([10.0, 20.0, 30.0, 40.0], "drone"), PICTURE)], Some((640, 512)));
            let mut changed = ours.to_bytes();
            prop_assert!(changed.len() > 80);
            changed[at] ^= 1 << bit;
            prop_assert_eq!(boxes(&changed, PICTURE), (vec![], 1), "its sum is another");
            let mut packet = UasPacket::new(1);
            packet.put_bytes(74, bytes.clone());
            let (found, _) = boxes(if vmti { packet.to_bytes() } else { bytes }.as_slice(), PICTURE);
            for one in found {
                let [left, top, across, down] = one.bounds;
                prop_assert!(left >= 0.0 && top >= 0.0 && across >= 1.0 && down >= 1.0);
                prop_assert!(left + across <= 640.0 && top + down <= 512.0);
            }
        }
    }
}
