//! JSON read with errors that a person can act on: line, column and field.

use serde::Deserialize;

/// What is wrong with a document, and where in it.
#[derive(Debug)]
pub(super) struct Fault {
    /// From 1.
    pub(super) line: usize,
    /// From 1, in bytes.
    pub(super) column: usize,
    /// As a path from the top: `[2].sigma.az`.
    pub(super) field: String,
    pub(super) problem: String,
}

/// Where a mistake is that belongs to no field.
const WHOLE: &str = "the whole";

impl Fault {
    /// Something wrong with the document as a whole.
    pub(super) fn whole(problem: String) -> Self {
        Self::of_field(WHOLE, problem)
    }

    /// Something wrong with a field of a document of one line, found after it was parsed.
    pub(super) fn of_field(field: &str, problem: String) -> Self {
        Self { line: 1, column: 1, field: field.to_owned(), problem }
    }

    /// What kept `bytes` from being read as a `T`. The path of the mistake is sought by reading once more.
    pub(super) fn in_document<'de, T: Deserialize<'de>>(bytes: &'de [u8], error: &serde_json::Error) -> Self {
        let mut document = serde_json::Deserializer::from_slice(bytes);
        let field = match serde_path_to_error::deserialize::<_, T>(&mut document) {
            Err(error) => error.path().to_string(),
            Ok(_) => String::new(),
        };
        // A dot stands for the top, a question mark for a place that was never reached.
        let field = if ["", ".", "?"].contains(&field.as_str()) { WHOLE.to_owned() } else { field };
        let problem = error.to_string();
        let place = format!(" at line {} column {}", error.line(), error.column());
        let problem = problem.strip_suffix(&place).unwrap_or(&problem).to_owned();
        let (line, column) = place_of(bytes, error);
        Self { line, column, field, problem }
    }
}

/// Line and column of a mistake. A value that is well written and means nothing is found wrong only when the reader is
/// past it, and past the comma and the line's end behind it.
fn place_of(bytes: &[u8], error: &serde_json::Error) -> (usize, usize) {
    let (line, column) = (error.line().max(1), error.column().max(1));
    if !error.is_data() {
        return (line, column);
    }
    let above: usize = bytes.split_inclusive(|&b| b == b'\n').take(line - 1).map(<[u8]>::len).sum();
    let passed = &bytes[..bytes.len().min(above + column - 1)];
    let between = |b: &u8| b.is_ascii_whitespace() || *b == b',';
    let length = passed.iter().rposition(|b| !between(b)).map_or(0, |last| last + 1);
    let line_start = passed[..length].iter().rposition(|&b| b == b'\n').map_or(0, |end| end + 1);
    let line = 1 + passed[..line_start].iter().filter(|&&b| b == b'\n').count();
    (line, (length - line_start).max(1))
}

/// Reads a document: at full speed where it is in order.
pub(super) fn parse<'de, T: Deserialize<'de>>(bytes: &'de [u8]) -> Result<T, Fault> {
    serde_json::from_slice(bytes).map_err(|error| Fault::in_document::<T>(bytes, &error))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mistake_is_found_with_its_line_and_field() {
        let check = |text: &str, expected: (usize, &str, &str)| {
            let fault = parse::<Vec<std::collections::BTreeMap<String, f64>>>(text.as_bytes()).unwrap_err();
            assert_eq!((fault.line, fault.field.as_str()), (expected.0, expected.1), "{text}");
            assert!(fault.problem.starts_with(expected.2), "{fault:?}");
        };
        check("[\n{\"a\": 1},\n{\"b\": \"x\"}]", (3, "[1].b", "invalid type: string \"x\""));
        check("[\n{\"b\": \"x\"}\n,\n{}]", (2, "[0].b", "invalid type: string \"x\""));
        check("[3,\n\n{}]", (1, "[0]", "invalid type: integer `3`"));
        check("{}", (1, WHOLE, "invalid type: map, expected a sequence"));
        check("", (1, WHOLE, "EOF while parsing"));
        check("[] x", (1, WHOLE, "trailing characters"));
    }
}
