//! A message of a camera's program cut into datagrams and joined again: the way of live video and of evidence to
//! `picket-onboard` on the same computer.
//!
//! A *piece* is a datagram of at most [`DATAGRAM_MAX`] bytes, so that it also fits a network between the two, one day:
//!
//! | bytes | what |
//! |---|---|
//! | 1 | [`MARK`], which begins neither text (it is in no UTF-8) nor a message of [`crate::wire`] |
//! | 1 | what the message is of: a [`Stream`] |
//! | 4 | the message's number, counted up by the sender |
//! | 4 | the message's length |
//! | 4 | the piece's place in the message, a multiple of what a piece carries |
//! | rest | the piece |
//!
//! Numbers are big-endian, and each stream counts for itself. [`Joiner`] puts one message of its stream together at a time: what
//! is late or torn is gone, as a frame of live video may be, and counted; evidence is asked for again. It believes no length beyond [`MESSAGE_MAX`] and keeps no more than that.

/// The longest datagram, bytes.
pub const DATAGRAM_MAX: usize = 1200;
/// The longest message, bytes.
pub const MESSAGE_MAX: usize = 1 << 16;
/// The first byte of a piece.
pub const MARK: u8 = 0xf7;

/// The datagram by which a camera's program says, several times a second, that it is ready to send when somebody looks.
pub const READY: [u8; 2] = [MARK, Stream::Video as u8];

/// What a message is of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stream {
    /// Live video.
    Video = 1,
    /// What was kept of alerts.
    Evidence = 2,
}

const HEAD: usize = 14;
/// What a piece carries; the last one the rest.
const CARRIED: usize = DATAGRAM_MAX - HEAD;
/// A number so far behind the one that is put together is late; from farther behind, the sender has started anew.
const LATE: u32 = 8;

/// The datagrams of a message, in order; none where it is empty or longer than [`MESSAGE_MAX`].
pub fn cut(stream: Stream, number: u32, message: &[u8]) -> impl Iterator<Item = Vec<u8>> {
    let fits = message.len() <= MESSAGE_MAX;
    let length = u32::try_from(message.len()).unwrap_or(0);
    let pieces = message.chunks(CARRIED).enumerate().take_while(move |_| fits);
    pieces.map(move |(at, piece)| {
        let place = u32::try_from(at * CARRIED).expect("invariant: less than the length");
        let words = [number, length, place].map(u32::to_be_bytes);
        [&[MARK, stream as u8][..], words.as_flattened(), piece].concat()
    })
}

/// Of what a datagram says it is a piece: live video, unless it says something else. Nothing where it is none.
#[must_use]
pub fn stream_of(datagram: &[u8]) -> Option<Stream> {
    let marked = datagram.first() == Some(&MARK);
    let evidence = datagram.get(1) == Some(&(Stream::Evidence as u8));
    marked.then_some(if evidence { Stream::Evidence } else { Stream::Video })
}

/// What came and was of no use.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Refused {
    /// Datagrams that are no pieces, or contradict those before.
    pub malformed: u64,
    /// Pieces of messages that are over, or that came twice.
    pub late: u64,
    /// Messages that were given up because pieces of a newer one came.
    pub torn: u64,
}

/// Puts messages together. See the module.
#[derive(Debug)]
pub struct Joiner {
    stream: Stream,
    current: Option<Current>,
    refused: Refused,
}

/// The message that is put together, or was the last to be.
#[derive(Debug)]
struct Current {
    number: u32,
    bytes: Vec<u8>,
    /// A bit for each piece that is still to come.
    missing: u64,
}

/// A piece as a datagram says it.
struct Piece<'a> {
    number: u32,
    length: usize,
    place: usize,
    bytes: &'a [u8],
}

impl<'a> Piece<'a> {
    fn read(stream: Stream, datagram: &'a [u8]) -> Option<Self> {
        let (head, bytes) = datagram.split_at_checked(HEAD)?;
        let word = |at: usize| Some(u32::from_be_bytes(head.get(at..at + 4)?.try_into().ok()?));
        let (number, length, place) = (word(2)?, word(6)? as usize, word(10)? as usize);
        let sound = head[0] == MARK
            && head[1] == stream as u8
            && (1..=MESSAGE_MAX).contains(&length)
            && place < length
            && place.is_multiple_of(CARRIED)
            && bytes.len() == CARRIED.min(length - place);
        sound.then_some(Self { number, length, place, bytes })
    }
}

impl Joiner {
    /// Of a stream.
    #[must_use]
    pub fn new(stream: Stream) -> Self {
        Self { stream, current: None, refused: Refused::default() }
    }

    /// Takes a datagram; gives the message that it completes.
    pub fn take(&mut self, datagram: &[u8]) -> Option<Vec<u8>> {
        let Some(piece) = Piece::read(self.stream, datagram) else {
            self.refused.malformed += 1;
            return None;
        };
        let behind = self.current.as_ref().map(|current| current.number.wrapping_sub(piece.number));
        match behind {
            Some(0) => {}
            Some(1..=LATE) => {
                self.refused.late += 1;
                return None;
            }
            _ => self.begin(&piece),
        }
        let current = self.current.as_mut().expect("invariant: it was there, or has begun");
        if current.bytes.len() != piece.length && current.missing != 0 {
            self.refused.malformed += 1;
            return None;
        }
        let bit = 1 << (piece.place / CARRIED);
        if current.missing & bit == 0 {
            self.refused.late += 1;
            return None;
        }
        current.missing &= !bit;
        current.bytes[piece.place..piece.place + piece.bytes.len()].copy_from_slice(piece.bytes);
        (current.missing == 0).then(|| std::mem::take(&mut current.bytes))
    }

    fn begin(&mut self, piece: &Piece<'_>) {
        self.refused.torn += u64::from(self.current.as_ref().is_some_and(|current| current.missing != 0));
        let pieces = piece.length.div_ceil(CARRIED);
        let missing = u64::MAX >> (64 - pieces);
        self.current = Some(Current { number: piece.number, bytes: vec![0; piece.length], missing });
    }

    /// What was of no use so far.
    #[must_use]
    pub fn refused(&self) -> Refused {
        self.refused
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    // A bit for each piece has to fit.
    const _: () = assert!(MESSAGE_MAX.div_ceil(CARRIED) <= 64);

    fn message() -> impl Strategy<Value = Vec<u8>> {
        prop_oneof![Just(1), Just(CARRIED), Just(CARRIED + 1), Just(MESSAGE_MAX), 1..=MESSAGE_MAX]
            .prop_flat_map(|length| (any::<u8>(), Just(length)))
            .prop_map(|(first, length)| (0..length).map(|at| first.wrapping_add((at % 251) as u8)).collect())
    }

    fn joined(joiner: &mut Joiner, datagrams: &[Vec<u8>]) -> Vec<Vec<u8>> {
        datagrams.iter().filter_map(|datagram| joiner.take(datagram)).collect()
    }

    proptest! {
        #[test]
        fn pieces_in_any_order_come_out_as_the_message_that_went_in(message in message(), number: u32, order: u64) {
            let mut pieces: Vec<_> = cut(Stream::Video, number, &message).collect();
            prop_assert!(pieces.iter().all(|piece| piece.len() <= DATAGRAM_MAX && stream_of(piece) == Some(Stream::Video)));
            let count = pieces.len() as u64;
            for at in (1..pieces.len()).rev() {
                pieces.swap(at, (order.wrapping_mul(at as u64 + 7) % (at as u64 + 1)) as usize);
            }
            let mut joiner = Joiner::new(Stream::Video);
            prop_assert_eq!(joined(&mut joiner, &pieces), vec![message]);
            prop_assert_eq!(joined(&mut joiner, &pieces), Vec::<Vec<u8>>::new());
            prop_assert_eq!(joiner.refused(), Refused { late: count, ..Refused::default() });
        }

        #[test]
        fn a_message_of_which_a_piece_is_lost_never_comes_and_the_next_one_does(
            first in message(), second in message(), number: u32, lost: prop::sample::Index,
        ) {
            let mut pieces: Vec<_> = cut(Stream::Video, number, &first).collect();
            pieces.remove(lost.index(pieces.len()));
            let begun = u64::from(!pieces.is_empty());
            pieces.extend(cut(Stream::Video, number.wrapping_add(1), &second));
            let mut joiner = Joiner::new(Stream::Video);
            prop_assert_eq!(joined(&mut joiner, &pieces), vec![second]);
            prop_assert_eq!(joiner.refused(), Refused { torn: begun, ..Refused::default() });
        }

        #[test]
        fn bytes_of_anybody_between_them_change_nothing_but_the_count(
            message in message(), junk in prop::collection::vec(any::<u8>(), 0..40), mark: bool,
        ) {
            let junk = if mark { [&[MARK, 1][..], &junk].concat() } else { junk };
            let mut joiner = Joiner::new(Stream::Video);
            let mut out = Vec::new();
            for piece in cut(Stream::Video, 7, &message) {
                out.extend(joiner.take(&piece));
                prop_assume!(Piece::read(Stream::Video, &junk).is_none());
                prop_assert_eq!(joiner.take(&junk), None);
            }
            prop_assert_eq!(out, vec![message]);
            prop_assert!(joiner.refused().malformed > 0);
        }
    }

    #[test]
    fn what_is_too_long_or_nothing_is_not_cut_and_a_sender_that_starts_anew_is_heard() {
        assert_eq!(cut(Stream::Video, 1, &vec![0; MESSAGE_MAX + 1]).count(), 0);
        assert_eq!(cut(Stream::Video, 1, &[]).count(), 0);
        let mut joiner = Joiner::new(Stream::Video);
        let one = |number: u32| cut(Stream::Video, number, b"a").next().unwrap();
        assert_eq!(joiner.take(&one(5000)), Some(b"a".to_vec()));
        assert_eq!(joiner.take(&one(4999)), None, "late");
        assert_eq!(joiner.take(&one(1)), Some(b"a".to_vec()), "a new start");
    }

    #[test]
    fn a_piece_that_contradicts_those_before_it_is_refused_and_the_message_still_comes() {
        let message = vec![3; CARRIED + 10];
        let pieces: Vec<_> = cut(Stream::Video, 1, &message).collect();
        let mut lying = cut(Stream::Video, 1, &vec![9; CARRIED + 11]).last().unwrap();
        let mut joiner = Joiner::new(Stream::Video);
        assert_eq!(joiner.take(&pieces[0]), None);
        assert_eq!(joiner.take(&lying), None);
        lying[1] = 2;
        assert_eq!(joiner.take(&lying), None, "another stream's");
        assert_eq!((joiner.take(&pieces[1]), joiner.refused().malformed), (Some(message), 2));
    }
}
