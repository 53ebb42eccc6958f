//! Strategies for what a camera keeps of alerts.

use proptest::collection::vec;
use proptest::option::of;
use proptest::prelude::*;
use telemetry::messages::{
    EvidenceAnswer, EvidenceFile, EvidenceNotice, EvidenceReply, EvidenceRequest, EvidenceSnapshot, EvidenceWish,
    FileHash,
};

use super::observation::{video_box, video_bytes};
use super::{alert_id, sensor, time};

fn hash() -> impl Strategy<Value = FileHash> {
    any::<[u8; 32]>().prop_map(FileHash::new)
}

fn file() -> impl Strategy<Value = EvidenceFile> {
    (hash(), any::<u64>()).prop_map(|(hash, bytes)| EvidenceFile { hash, bytes })
}

prop_compose! {
    fn snapshot()(file in file(), taken_at in time(), boxes in vec(video_box(), 0..4)) -> EvidenceSnapshot {
        EvidenceSnapshot { file, taken_at, boxes }
    }
}

prop_compose! {
    pub(super) fn notice()(
        sensor in sensor(), alert in alert_id(), at in time(), begins in time(), ends in time(),
        picture in any::<[u32; 2]>(), clip in file(), snapshot in of(snapshot()),
    ) -> EvidenceNotice {
        EvidenceNotice { sensor, alert, at, begins, ends, picture, clip, snapshot }
    }
}

fn wish() -> impl Strategy<Value = EvidenceWish> {
    prop_oneof![
        (hash(), any::<u64>()).prop_map(|(file, offset)| EvidenceWish::Piece { file, offset }),
        Just(EvidenceWish::Kept),
    ]
}

prop_compose! {
    pub(super) fn request()(sensor in sensor(), alert in alert_id(), wish in wish()) -> EvidenceRequest {
        EvidenceRequest { sensor, alert, wish }
    }
}

prop_compose! {
    pub(super) fn reply()(
        EvidenceRequest { sensor, alert, wish } in request(),
        answer in prop_oneof![
            video_bytes().prop_map(EvidenceAnswer::Bytes), Just(EvidenceAnswer::Noted), Just(EvidenceAnswer::Gone),
        ],
    ) -> EvidenceReply {
        EvidenceReply { sensor, alert, wish, answer }
    }
}
