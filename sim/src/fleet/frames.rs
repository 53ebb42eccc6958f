//! The frames in what an autopilot sent: whole MAVLink 2 frames, one after the other, which need no checking.
//!
//! Source: mavlink.io, "Packet Serialization".

/// Start, length, two flags, sequence, system, component, and three bytes of message id.
const HEADER_LENGTH: usize = 10;
const CHECKSUM_LENGTH: usize = 2;
const SIGNATURE_LENGTH: usize = 13;
const SIGNED: u8 = 0x01;

/// One frame.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Frame<'a> {
    /// Which message.
    pub(super) id: u32,
    /// Which component of the vehicle sent it.
    pub(super) component: u8,
    /// Without the zeros at its end.
    pub(super) payload: &'a [u8],
}

impl Frame<'_> {
    /// A byte of the payload; those cut off are zero.
    pub(super) fn byte(&self, at: usize) -> u8 {
        self.payload.get(at).copied().unwrap_or(0)
    }
}

/// The frames in `bytes`. Ends where something else begins.
pub(super) fn frames(mut bytes: &[u8]) -> impl Iterator<Item = Frame<'_>> {
    std::iter::from_fn(move || {
        let header = bytes.get(..HEADER_LENGTH)?;
        let end = HEADER_LENGTH + usize::from(header[1]);
        let signature = if header[2] & SIGNED == 0 { 0 } else { SIGNATURE_LENGTH };
        let frame = Frame {
            id: u32::from_le_bytes([header[7], header[8], header[9], 0]),
            component: header[6],
            payload: bytes.get(HEADER_LENGTH..end)?,
        };
        bytes = bytes.get(end + CHECKSUM_LENGTH + signature..)?;
        Some(frame)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_are_walked_whole_signed_ones_too_and_a_piece_ends_it() {
        let plain = [0xfd, 2, 0, 0, 9, 7, 1, 77, 0, 0, 5, 6, 0xaa, 0xbb];
        let mut signed = vec![0xfd, 1, SIGNED, 0, 9, 7, 100, 0x03, 0x01, 0, 4, 0xaa, 0xbb];
        signed.extend([0; SIGNATURE_LENGTH]);
        let bytes = [&plain[..], &signed, &plain[..11]].concat();
        let seen: Vec<_> = frames(&bytes).collect();
        let expected =
            [Frame { id: 77, component: 1, payload: &[5, 6] }, Frame { id: 259, component: 100, payload: &[4] }];
        assert_eq!(seen, expected);
        assert_eq!(seen[1].byte(3), 0, "cut off");
    }
}
