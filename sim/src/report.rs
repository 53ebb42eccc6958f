//! What a flown night showed: each expectation with what was found beside what is allowed, and the counts.
//!
//! A report holds nothing of the machine that made it (no wall clock, no paths): the same scenario and seed give the
//! same bytes.

use std::collections::BTreeMap;
use std::fmt;
use std::io::{self, Write};

use quick_xml::Writer;
use quick_xml::events::BytesText;
use serde::Serialize;
use telemetry::Timestamp;

/// The outcome of one run.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Report {
    /// Which scenario.
    pub scenario: String,
    /// Which seed.
    pub seed: u64,
    /// Scenario time at the start, RFC 3339.
    pub from: String,
    /// Scenario time at the end, RFC 3339.
    pub to: String,
    /// Whether every expectation held.
    pub held: bool,
    /// The expectations, in the order of the file.
    pub expectations: Vec<Verdict>,
    /// Expectations that this run could not judge, and why.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub not_judged: Vec<String>,
    /// The alerts raised, in order.
    pub alerts: Vec<AlertLine>,
    /// What was counted, by name.
    pub counts: BTreeMap<String, u64>,
}

/// One expectation, held against what happened.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Verdict {
    /// What was expected, in words.
    pub expectation: String,
    /// Whether it held.
    pub held: bool,
    /// What was found, with the number.
    pub found: String,
    /// What is allowed.
    pub allowed: String,
}

/// One alert, as a report tells it.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct AlertLine {
    /// Seconds from the start of the scenario.
    pub at_s: f64,
    /// The rule.
    pub rule: String,
    /// The sentence shown to the person.
    pub text: String,
}

impl Report {
    /// An empty report of a run.
    #[must_use]
    pub fn new(scenario: &str, seed: u64, from: Timestamp, to: Timestamp) -> Self {
        Self {
            scenario: scenario.to_owned(),
            seed,
            from: from.to_string(),
            to: to.to_string(),
            held: true,
            expectations: Vec::new(),
            not_judged: Vec::new(),
            alerts: Vec::new(),
            counts: BTreeMap::new(),
        }
    }

    /// Adds an expectation's outcome.
    pub fn judge(&mut self, verdict: Verdict) {
        self.held &= verdict.held;
        self.expectations.push(verdict);
    }

    /// Writes the report as JSON.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn write_json(&self, mut to: impl Write) -> io::Result<()> {
        serde_json::to_writer_pretty(&mut to, self)?;
        writeln!(to)
    }

    /// Writes the report as JUnit XML, one test case an expectation.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn write_junit(&self, mut to: impl Write) -> io::Result<()> {
        let failures = self.expectations.iter().filter(|verdict| !verdict.held).count();
        let mut xml = Writer::new_with_indent(&mut to, b' ', 2);
        xml.create_element("testsuite")
            .with_attributes([
                ("name", self.scenario.as_str()),
                ("tests", self.expectations.len().to_string().as_str()),
                ("failures", failures.to_string().as_str()),
                ("timestamp", self.from.as_str()),
            ])
            .write_inner_content(|xml| {
                for verdict in &self.expectations {
                    verdict.write_junit(&self.scenario, self.seed, xml)?;
                }
                Ok(())
            })?;
        writeln!(to)
    }
}

impl Verdict {
    fn write_junit<W: Write>(&self, scenario: &str, seed: u64, xml: &mut Writer<W>) -> io::Result<()> {
        let case = xml
            .create_element("testcase")
            .with_attributes([("classname", scenario), ("name", self.expectation.as_str())]);
        if self.held {
            case.write_empty()?;
            return Ok(());
        }
        let message = format!("found {}, allowed {}, seed {seed}", self.found, self.allowed);
        case.write_inner_content(|xml| {
            xml.create_element("failure")
                .with_attribute(("message", message.as_str()))
                .write_text_content(BytesText::new(&message))?;
            Ok(())
        })?;
        Ok(())
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}, seed {}, {} to {}", self.scenario, self.seed, self.from, self.to)?;
        for alert in &self.alerts {
            writeln!(f, "  {:>8.1} s  {}: {}", alert.at_s, alert.rule, alert.text)?;
        }
        for verdict in &self.expectations {
            let mark = if verdict.held { "held  " } else { "FAILED" };
            writeln!(f, "  {mark}  {}: {} (allowed: {})", verdict.expectation, verdict.found, verdict.allowed)?;
        }
        for word in &self.not_judged {
            writeln!(f, "  not judged  {word}")?;
        }
        let verdict = match (self.held, self.expectations.is_empty()) {
            (false, _) => "an expectation FAILED",
            (true, true) => "nothing was judged",
            (true, false) => "every expectation judged held",
        };
        writeln!(f, "{verdict}")
    }
}

#[cfg(test)]
mod tests {
    use super::{Report, Verdict};
    use telemetry::Timestamp;

    fn report() -> Report {
        let mut report = Report::new("kiel-night", 7, Timestamp::EPOCH, Timestamp::from_unix_seconds(60.0));
        let verdict = |held, found: &str| Verdict {
            expectation: "alert <zone> & \"quay\"".into(),
            held,
            found: found.into(),
            allowed: "≤ 20 s".into(),
        };
        report.judge(verdict(true, "4.2 s"));
        report.judge(verdict(false, "31.0 s"));
        report
    }

    #[test]
    fn one_failed_expectation_fails_the_report() {
        assert!(!report().held);
    }

    #[test]
    fn junit_escapes_words_and_counts_failures() {
        let mut xml = Vec::new();
        report().write_junit(&mut xml).unwrap();
        let xml = String::from_utf8(xml).unwrap();
        assert!(xml.contains(r#"tests="2" failures="1""#), "{xml}");
        assert!(xml.contains("alert &lt;zone&gt; &amp;"), "{xml}");
        assert!(xml.contains("found 31.0 s, allowed ≤ 20 s, seed 7"), "{xml}");
    }

    #[test]
    fn the_same_report_is_the_same_json() {
        let json = |report: Report| {
            let mut bytes = Vec::new();
            report.write_json(&mut bytes).unwrap();
            bytes
        };
        assert_eq!(json(report()), json(report()));
    }
}
