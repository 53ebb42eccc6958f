//! The burnt-in overlay: a cross in the middle, and lines of text as recorders write them over a picture.
//!
//! A small alphabet of five by seven dots: digits, capitals and a few signs; what it does not have is left blank.

/// Dots of a character, across and down, and the room it takes.
const DOTS: [usize; 2] = [5, 7];
const ADVANCE: usize = 6;
const LINE: usize = 9;
const MARGIN: usize = 8;
/// The text is white, on an edge of black.
const INK: u8 = 235;
const EDGE: u8 = 16;

/// Rows of dots, from the top, the left dot in the highest of five bits.
const ALPHABET: [(char, [u8; 7]); 43] = [
    ('0', [14, 17, 19, 21, 25, 17, 14]),
    ('1', [4, 12, 4, 4, 4, 4, 14]),
    ('2', [14, 17, 1, 2, 4, 8, 31]),
    ('3', [31, 2, 4, 2, 1, 17, 14]),
    ('4', [2, 6, 10, 18, 31, 2, 2]),
    ('5', [31, 16, 30, 1, 1, 17, 14]),
    ('6', [6, 8, 16, 30, 17, 17, 14]),
    ('7', [31, 1, 2, 4, 8, 8, 8]),
    ('8', [14, 17, 17, 14, 17, 17, 14]),
    ('9', [14, 17, 17, 15, 1, 2, 12]),
    ('A', [14, 17, 17, 31, 17, 17, 17]),
    ('B', [30, 17, 17, 30, 17, 17, 30]),
    ('C', [14, 17, 16, 16, 16, 17, 14]),
    ('D', [28, 18, 17, 17, 17, 18, 28]),
    ('E', [31, 16, 16, 30, 16, 16, 31]),
    ('F', [31, 16, 16, 30, 16, 16, 16]),
    ('G', [14, 17, 16, 23, 17, 17, 15]),
    ('H', [17, 17, 17, 31, 17, 17, 17]),
    ('I', [14, 4, 4, 4, 4, 4, 14]),
    ('J', [7, 2, 2, 2, 2, 18, 12]),
    ('K', [17, 18, 20, 24, 20, 18, 17]),
    ('L', [16, 16, 16, 16, 16, 16, 31]),
    ('M', [17, 27, 21, 21, 17, 17, 17]),
    ('N', [17, 25, 21, 19, 17, 17, 17]),
    ('O', [14, 17, 17, 17, 17, 17, 14]),
    ('P', [30, 17, 17, 30, 16, 16, 16]),
    ('Q', [14, 17, 17, 17, 21, 18, 13]),
    ('R', [30, 17, 17, 30, 20, 18, 17]),
    ('S', [15, 16, 16, 14, 1, 1, 30]),
    ('T', [31, 4, 4, 4, 4, 4, 4]),
    ('U', [17, 17, 17, 17, 17, 17, 14]),
    ('V', [17, 17, 17, 17, 17, 10, 4]),
    ('W', [17, 17, 17, 21, 21, 21, 10]),
    ('X', [17, 17, 10, 4, 10, 17, 17]),
    ('Y', [17, 17, 10, 4, 4, 4, 4]),
    ('Z', [31, 1, 2, 4, 8, 16, 31]),
    ('.', [0, 0, 0, 0, 0, 12, 12]),
    (':', [0, 12, 12, 0, 12, 12, 0]),
    ('-', [0, 0, 0, 31, 0, 0, 0]),
    ('+', [0, 4, 4, 31, 4, 4, 0]),
    ('/', [1, 1, 2, 4, 8, 16, 16]),
    ('°', [12, 18, 18, 12, 0, 0, 0]),
    ('%', [24, 25, 2, 4, 8, 19, 3]),
];

/// Burns lines of text into the upper left corner of a picture, and a cross into its middle.
pub(crate) fn burn(pixels: &mut [u8], width: usize, lines: &[String]) {
    let height = pixels.len() / width;
    let scale = (height / 360).max(1);
    let mut dot = |x: usize, y: usize, value: u8| {
        if x < width && y < height {
            pixels[y * width + x] = value;
        }
    };
    for (value, grow) in [(EDGE, 1), (INK, 0)] {
        let mut square = |x: usize, y: usize| {
            for dy in 0..scale + 2 * grow {
                for dx in 0..scale + 2 * grow {
                    dot((x + dx).wrapping_sub(grow), (y + dy).wrapping_sub(grow), value);
                }
            }
        };
        for (n, line) in lines.iter().enumerate() {
            for (place, letter) in line.chars().enumerate() {
                let corner = [(MARGIN + place * ADVANCE) * scale, (MARGIN + n * LINE) * scale];
                for [column, row] in dots(letter) {
                    square(corner[0] + column * scale, corner[1] + row * scale);
                }
            }
        }
        for step in (4..16).map(|step| step * scale) {
            for [x, y] in [[step, 0], [0, step]] {
                square(width / 2 + x, height / 2 + y);
                square((width / 2).wrapping_sub(x), (height / 2).wrapping_sub(y));
            }
        }
    }
}

/// The dots of a letter, columns and rows.
fn dots(letter: char) -> impl Iterator<Item = [usize; 2]> {
    let letter = letter.to_ascii_uppercase();
    let rows = ALPHABET.iter().find(|(known, _)| *known == letter).map_or([0; 7], |(_, rows)| *rows);
    let [across, down] = DOTS;
    (0..down)
        .flat_map(move |row| (0..across).map(move |column| [column, row]))
        .filter(move |[column, row]| rows[*row] >> (across - 1 - column) & 1 == 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_written_where_it_fits_and_cut_where_not() {
        let mut pixels = vec![100; 64 * 32];
        burn(&mut pixels, 64, &["AZ 123.4 EL -2.1".to_owned(), "ZU LANG".to_owned()]);
        let ink = pixels.iter().filter(|pixel| **pixel == INK).count();
        assert!((60..600).contains(&ink), "{ink}");
        assert!(pixels.contains(&EDGE));
    }

    #[test]
    fn no_letter_is_drawn_twice() {
        for (n, (letter, rows)) in ALPHABET.iter().enumerate() {
            assert!(ALPHABET[..n].iter().all(|(other, drawn)| other != letter && drawn != rows), "{letter}");
        }
    }
}
