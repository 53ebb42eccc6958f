//! The doctor: tells in words what is missing for flight, before somebody stands beside a vehicle that will not go.
//!
//! It looks at this computer ([`computer`]), listens to the autopilot and asks it questions ([`examination`]), reads
//! its failsafe settings ([`settings`]), and says of each thing whether it is good, and if not, what to do about it.
//!
//! It never changes anything: of the autopilot it asks for messages, for parameters, and for its own checks before
//! arming, which change no state; on this computer it writes one file into the journal's directory and removes it.
//! It is no proof that a flight will go well; what it says nothing about it has not looked at.

mod autopilot;
pub mod computer;
pub mod examination;
pub mod settings;

use std::fmt;

/// How it stands with one thing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Verdict {
    /// Nothing to do.
    Good,
    /// Good to know.
    Note,
    /// It flies, but somebody should look.
    Warning,
    /// So it does not fly.
    Missing,
}

/// One thing that was looked at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// How it stands.
    pub verdict: Verdict,
    /// What was looked at, in one or two words.
    pub about: &'static str,
    /// What was found, in a sentence.
    pub found: String,
    /// What to do about it.
    pub remedy: Option<String>,
}

impl Finding {
    pub(crate) fn new(verdict: Verdict, about: &'static str, found: impl Into<String>) -> Self {
        Self { verdict, about, found: found.into(), remedy: None }
    }

    pub(crate) fn good(about: &'static str, found: impl Into<String>) -> Self {
        Self::new(Verdict::Good, about, found)
    }

    pub(crate) fn note(about: &'static str, found: impl Into<String>) -> Self {
        Self::new(Verdict::Note, about, found)
    }

    pub(crate) fn warning(about: &'static str, found: impl Into<String>) -> Self {
        Self::new(Verdict::Warning, about, found)
    }

    pub(crate) fn missing(about: &'static str, found: impl Into<String>) -> Self {
        Self::new(Verdict::Missing, about, found)
    }

    pub(crate) fn so(mut self, remedy: impl Into<String>) -> Self {
        self.remedy = Some(remedy.into());
        self
    }
}

/// Everything that was found, as a person reads it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Diagnosis {
    /// In the order in which it was looked at.
    pub findings: Vec<Finding>,
}

impl Diagnosis {
    /// Whether nothing is missing for flight.
    #[must_use]
    pub fn fit(&self) -> bool {
        self.count(Verdict::Missing) == 0
    }

    fn count(&self, verdict: Verdict) -> usize {
        self.findings.iter().filter(|finding| finding.verdict == verdict).count()
    }
}

/// The column in which the sentences begin, and the width of the page.
const INDENT: usize = 27;
const WIDTH: usize = 110;

impl fmt::Display for Diagnosis {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for finding in &self.findings {
            let word = match finding.verdict {
                Verdict::Good => "ok",
                Verdict::Note => "note",
                Verdict::Warning => "look at",
                Verdict::Missing => "MISSING",
            };
            let head = format!("{word:<9} {:<16} ", finding.about);
            write_wrapped(f, &head, &finding.found)?;
            if let Some(remedy) = &finding.remedy {
                write_wrapped(f, &format!("{:25}→ ", ""), remedy)?;
            }
        }
        let things = |n: usize| if n == 1 { "1 thing".to_owned() } else { format!("{n} things") };
        let (missing, warnings) = (self.count(Verdict::Missing), self.count(Verdict::Warning));
        match (missing, warnings) {
            (0, 0) => write!(f, "\nNothing is missing for flight."),
            (0, n) => write!(f, "\nNothing is missing for flight; {} to look at.", things(n)),
            (n, 0) => write!(f, "\nNot ready to fly: {} missing.", things(n)),
            (n, m) => write!(f, "\nNot ready to fly: {} missing, {} to look at.", things(n), things(m)),
        }
    }
}

/// Writes words in lines that begin below each other.
fn write_wrapped(f: &mut fmt::Formatter<'_>, head: &str, words: &str) -> fmt::Result {
    let mut line = head.to_owned();
    for word in words.split_whitespace() {
        let begun = line.chars().count() > INDENT && !line.trim().is_empty() && line != head;
        if begun && line.chars().count() + 1 + word.chars().count() > WIDTH {
            writeln!(f, "{line}")?;
            line = " ".repeat(INDENT);
        }
        if !line.ends_with(' ') {
            line.push(' ');
        }
        line.push_str(word);
    }
    writeln!(f, "{line}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_sentence_goes_on_below_its_beginning_and_the_end_says_what_is_missing() {
        let diagnosis = Diagnosis {
            findings: vec![
                Finding::good("clock", "it is set"),
                Finding::missing("autopilot", "word ".repeat(30)).so("switch it on"),
            ],
        };
        let text = diagnosis.to_string();
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(lines[0], "ok        clock            it is set");
        assert!(lines[1].starts_with("MISSING   autopilot        word word") && lines[1].len() <= WIDTH);
        assert!(lines[2].starts_with(&format!("{}word", " ".repeat(INDENT))));
        assert_eq!(lines[3].trim(), "→ switch it on");
        assert_eq!(lines[5], "Not ready to fly: 1 thing missing.");
        assert!(!diagnosis.fit());
    }
}
