//! Fetching what a camera has of one alert, piece by piece. No I/O: it says what to ask for and judges what comes.
//!
//! A piece that does not come is asked for again, from where the last one ended, so that a cut or a restart costs what was on
//! its way and no more.

use telemetry::messages::{
    EVIDENCE_FILE_MAX, EVIDENCE_PIECE_MAX, EvidenceAnswer, EvidenceFile, EvidenceNotice, EvidenceReply,
    EvidenceRequest, EvidenceWish, FileHash, VideoBytes,
};
use thiserror::Error;

/// A camera's word that cannot be followed.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub(super) enum Refused {
    #[error("a file of {found} bytes: allowed are 1 to {EVIDENCE_FILE_MAX}")]
    Length { found: u64 },
    #[error("{found} bytes came where {allowed} or less were left: the file is not what was announced")]
    Piece { found: u64, allowed: u64 },
    #[error("the file ends after {found} of {announced} bytes")]
    Short { found: u64, announced: u64 },
    #[error("the camera does not have it any more")]
    Gone,
    #[error("the answer is to something else")]
    Other,
}

/// What is to be done next.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Step {
    /// Ask the camera.
    Ask(EvidenceRequest),
    /// A file is there: check it and put it away.
    Seal(EvidenceFile),
    /// All files are there.
    Done,
}

/// A file that is being fetched.
#[derive(Debug)]
struct Partial {
    file: EvidenceFile,
    have: u64,
    sealed: bool,
}

/// See the module.
#[derive(Debug)]
pub(super) struct Fetch {
    notice: EvidenceNotice,
    files: Vec<Partial>,
}

impl Fetch {
    /// Begins to fetch what was announced; `have` says how much of each file is on disk already, nothing where all of it is.
    pub(super) fn new(
        notice: EvidenceNotice,
        mut have: impl FnMut(&EvidenceFile) -> Option<u64>,
    ) -> Result<Self, Refused> {
        let partial = |file: EvidenceFile| match have(&file) {
            _ if !(1..=EVIDENCE_FILE_MAX).contains(&file.bytes) => Err(Refused::Length { found: file.bytes }),
            None => Ok(Partial { file, have: file.bytes, sealed: true }),
            // More than was announced is none of it.
            Some(have) => Ok(Partial { file, have: if have > file.bytes { 0 } else { have }, sealed: false }),
        };
        let files = notice.files().map(partial).collect::<Result<_, _>>()?;
        Ok(Self { notice, files })
    }

    /// What is fetched.
    pub(super) fn notice(&self) -> &EvidenceNotice {
        &self.notice
    }

    /// How many bytes are still to come.
    pub(super) fn left(&self) -> u64 {
        self.files.iter().map(|partial| partial.file.bytes - partial.have).sum()
    }

    /// What is to be done next.
    pub(super) fn next(&self) -> Step {
        let Some(partial) = self.files.iter().find(|partial| !partial.sealed) else { return Step::Done };
        if partial.have == partial.file.bytes {
            return Step::Seal(partial.file);
        }
        let wish = EvidenceWish::Piece { file: partial.file.hash, offset: partial.have };
        Step::Ask(EvidenceRequest { sensor: self.notice.sensor.clone(), alert: self.notice.alert.clone(), wish })
    }

    /// Takes a camera's answer; gives what is to be written behind what is there of which file.
    pub(super) fn take(&mut self, reply: EvidenceReply) -> Result<(FileHash, Vec<u8>), Refused> {
        let EvidenceWish::Piece { file, offset } = reply.wish else { return Err(Refused::Other) };
        let of = |partial: &&mut Partial| partial.file.hash == file && partial.have == offset && !partial.sealed;
        let partial = self.files.iter_mut().find(of).ok_or(Refused::Other)?;
        let EvidenceAnswer::Bytes(VideoBytes(bytes)) = reply.answer else { return Err(Refused::Gone) };
        let (found, left) = (bytes.len() as u64, partial.file.bytes - partial.have);
        if found == 0 {
            return Err(Refused::Short { found: partial.have, announced: partial.file.bytes });
        }
        let allowed = left.min(EVIDENCE_PIECE_MAX);
        if found > allowed {
            return Err(Refused::Piece { found, allowed });
        }
        partial.have += found;
        Ok((file, bytes))
    }

    /// A file was checked and put away; two of the same content are one.
    pub(super) fn sealed(&mut self, hash: FileHash) {
        for partial in self.files.iter_mut().filter(|partial| partial.file.hash == hash) {
            (partial.have, partial.sealed) = (partial.file.bytes, true);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;
    use telemetry::Timestamp;
    use telemetry::messages::EvidenceSnapshot;

    use super::*;

    fn file(number: u8, bytes: u64) -> EvidenceFile {
        EvidenceFile { hash: FileHash::new([number; 32]), bytes }
    }

    fn notice(clip: u64, snapshot: Option<u64>) -> EvidenceNotice {
        let snapshot = snapshot.map(|bytes| EvidenceSnapshot {
            file: file(2, bytes),
            taken_at: Timestamp::EPOCH,
            boxes: Vec::new(),
        });
        EvidenceNotice {
            sensor: "mast-1".parse().unwrap(),
            alert: "kiel.17".parse().unwrap(),
            at: Timestamp::EPOCH,
            begins: Timestamp::EPOCH,
            ends: Timestamp::EPOCH,
            picture: [640, 512],
            clip: file(1, clip),
            snapshot,
        }
    }

    fn reply(request: EvidenceRequest, answer: EvidenceAnswer) -> EvidenceReply {
        EvidenceReply { sensor: request.sensor, alert: request.alert, wish: request.wish, answer }
    }

    fn bytes(count: u64) -> EvidenceAnswer {
        EvidenceAnswer::Bytes(VideoBytes(vec![0; count as usize]))
    }

    fn asked(fetch: &Fetch) -> EvidenceRequest {
        let Step::Ask(request) = fetch.next() else { panic!("{:?}", fetch.next()) };
        request
    }

    #[test]
    fn what_is_on_disk_already_is_not_asked_for() {
        let mut fetch = Fetch::new(notice(500, Some(50)), |file| (file.bytes == 500).then_some(120)).unwrap();
        assert_eq!(asked(&fetch).wish, EvidenceWish::Piece { file: file(1, 0).hash, offset: 120 });
        assert_eq!(fetch.left(), 380);
        fetch.take(reply(asked(&fetch), bytes(380))).unwrap();
        assert_eq!(fetch.next(), Step::Seal(file(1, 500)));
        fetch.sealed(file(1, 0).hash);
        assert_eq!(fetch.next(), Step::Done);
        let longer = Fetch::new(notice(500, None), |_| Some(501)).unwrap();
        assert_eq!(longer.left(), 500, "what cannot be of it is fetched anew");
    }

    #[test]
    fn what_a_camera_says_amiss_is_refused() {
        for length in [0, EVIDENCE_FILE_MAX + 1, u64::MAX] {
            assert_eq!(Fetch::new(notice(length, None), |_| Some(0)).unwrap_err(), Refused::Length { found: length });
        }
        let mut fetch = Fetch::new(notice(500, None), |_| Some(0)).unwrap();
        let request = asked(&fetch);
        let mut check = |answer, expected| assert_eq!(fetch.take(reply(asked(&fetch), answer)), Err(expected));
        check(bytes(501), Refused::Piece { found: 501, allowed: 500 });
        check(bytes(0), Refused::Short { found: 0, announced: 500 });
        check(EvidenceAnswer::Gone, Refused::Gone);
        check(EvidenceAnswer::Noted, Refused::Gone);
        fetch.take(reply(request.clone(), bytes(100))).unwrap();
        assert_eq!(fetch.take(reply(request, bytes(100))), Err(Refused::Other), "a piece twice");
    }

    proptest! {
        /// A camera that cuts pieces as it likes, a line that loses some and a room that is opened anew: in the end the files
        /// are there, in order and once.
        #[test]
        fn whatever_is_lost_the_files_come_whole(
            clip in 1u64..3_000_000, snapshot in prop::option::of(1u64..300_000),
            fates in prop::collection::vec((0u8..4, 1u64..EVIDENCE_PIECE_MAX), 400),
        ) {
            let notice = notice(clip, snapshot);
            let mut disk: BTreeMap<FileHash, u64> = BTreeMap::new();
            let mut sealed = std::collections::BTreeSet::new();
            let mut fetch = Fetch::new(notice.clone(), |_| Some(0)).unwrap();
            let whole = fates.into_iter().chain(std::iter::repeat((0, EVIDENCE_PIECE_MAX)));
            for (fate, length) in whole.take(2_000) {
                match fetch.next() {
                    Step::Done => break,
                    Step::Seal(file) => {
                        prop_assert_eq!(disk[&file.hash], file.bytes);
                        sealed.insert(file.hash);
                        fetch.sealed(file.hash);
                    }
                    Step::Ask(_) if fate == 1 => {}
                    Step::Ask(_) if fate == 2 => {
                        let have = |file: &EvidenceFile| {
                            (!sealed.contains(&file.hash)).then(|| disk.get(&file.hash).copied().unwrap_or(0))
                        };
                        fetch = Fetch::new(notice.clone(), have).unwrap();
                    }
                    Step::Ask(request) => {
                        let EvidenceWish::Piece { file, offset } = request.wish else { panic!("{request:?}") };
                        prop_assert_eq!(offset, disk.get(&file).copied().unwrap_or(0));
                        let all = notice.files().find(|known| known.hash == file).unwrap().bytes;
                        let (hash, written) = fetch.take(reply(request, bytes(length.min(all - offset)))).unwrap();
                        *disk.entry(hash).or_default() += written.len() as u64;
                    }
                }
            }
            prop_assert_eq!((fetch.next(), fetch.left()), (Step::Done, 0));
        }
    }
}
