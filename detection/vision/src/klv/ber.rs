//! Lengths and tags: the basic encoding rules as SMPTE ST 336 and MISB ST 0107 use them.

use super::KlvError;

/// A length: one byte below 128, else the count of the bytes that follow with the high bit set (ST 0107.4, 6.3.2).
///
/// # Errors
/// Where the bytes end, or the length takes more than eight.
pub fn read_length(bytes: &mut &[u8]) -> Result<usize, KlvError> {
    let first = take(bytes, 1, "a length")?[0];
    if first < 0x80 {
        return Ok(usize::from(first));
    }
    let count = usize::from(first & 0x7f);
    if count > 8 {
        return Err(KlvError::Long { what: "a length", most: 8 });
    }
    let length = take(bytes, count, "a length")?.iter().fold(0u64, |length, &byte| length << 8 | u64::from(byte));
    usize::try_from(length).map_err(|_| KlvError::Long { what: "a length", most: 8 })
}

/// A length in its shortest form.
pub fn write_length(out: &mut Vec<u8>, length: usize) {
    if length < 0x80 {
        out.push(length as u8);
        return;
    }
    let bytes = (length as u64).to_be_bytes();
    let skipped = bytes.iter().take_while(|byte| **byte == 0).count();
    out.push(0x80 | (bytes.len() - skipped) as u8);
    out.extend(&bytes[skipped..]);
}

/// A tag or a number: seven bits a byte, the high bit set on all but the last (BER-OID; ST 0107.4, 6.3.3).
///
/// # Errors
/// Where the bytes end, or the tag takes more than five.
pub fn read_oid(bytes: &mut &[u8]) -> Result<u32, KlvError> {
    let mut tag = 0u64;
    for _ in 0..5 {
        let byte = take(bytes, 1, "a tag")?[0];
        tag = tag << 7 | u64::from(byte & 0x7f);
        if byte < 0x80 {
            return u32::try_from(tag).map_err(|_| KlvError::Long { what: "a tag", most: 4 });
        }
    }
    Err(KlvError::Long { what: "a tag", most: 5 })
}

/// A tag or a number in its shortest form.
pub fn write_oid(out: &mut Vec<u8>, tag: u32) {
    let groups = (1..5).rev().filter(|group| tag >> (7 * group) != 0);
    out.extend(groups.map(|group| 0x80 | (tag >> (7 * group) & 0x7f) as u8));
    out.push((tag & 0x7f) as u8);
}

/// The next `count` bytes.
pub(super) fn take<'a>(bytes: &mut &'a [u8], count: usize, what: &'static str) -> Result<&'a [u8], KlvError> {
    if bytes.len() < count {
        return Err(KlvError::Short { what, found: bytes.len(), needed: count });
    }
    let (taken, rest) = bytes.split_at(count);
    *bytes = rest;
    Ok(taken)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn lengths_and_tags_have_the_standards_forms() {
        let length = |length| {
            let mut out = Vec::new();
            write_length(&mut out, length);
            out
        };
        assert_eq!((length(0), length(127)), (vec![0], vec![127]));
        assert_eq!((length(128), length(201)), (vec![0x81, 128], vec![0x81, 201]));
        assert_eq!(length(2403), [0x82, 0x09, 0x63]);
        let tag = |tag| {
            let mut out = Vec::new();
            write_oid(&mut out, tag);
            out
        };
        assert_eq!((tag(1), tag(127), tag(143), tag(298)), (vec![1], vec![127], vec![0x81, 0x0f], vec![0x82, 0x2a]));
    }

    #[test]
    fn what_never_ends_is_refused() {
        assert_eq!(read_oid(&mut &[0xff; 9][..]), Err(KlvError::Long { what: "a tag", most: 5 }));
        assert_eq!(read_length(&mut &[0xff; 9][..]), Err(KlvError::Long { what: "a length", most: 8 }));
        assert!(read_length(&mut &[0x82, 1][..]).is_err() && read_oid(&mut &[][..]).is_err());
    }

    proptest! {
        #[test]
        fn lengths_and_tags_come_back(length in any::<usize>(), tag in any::<u32>()) {
            let mut out = Vec::new();
            write_length(&mut out, length);
            write_oid(&mut out, tag);
            let mut bytes = &out[..];
            prop_assert_eq!((read_length(&mut bytes), read_oid(&mut bytes)), (Ok(length), Ok(tag)));
            prop_assert!(bytes.is_empty());
        }
    }
}
