//! `meta.json`: when reports are due, a frame of reference, and what counts. What only a scorer needs is passed over.

use std::collections::BTreeSet;

use serde::Deserialize;

use super::checked::{Place, Positive, Within};

/// Times beyond thirty years from the start are damage.
pub(super) const TIME_MAX_S: i64 = 1_000_000_000;
/// Reports are due on whole milliseconds, as a scorer rounds them.
const GRID_PER_S: f64 = 1e3;
const REPORTS_MAX: f64 = 1e6;

/// What was read.
#[derive(Debug, Deserialize)]
#[serde(try_from = "Raw")]
pub(super) struct Meta {
    /// The first report, seconds from the trial's start.
    pub(super) t0: f64,
    /// The last is no later than this.
    pub(super) t1: f64,
    report_period_s: f64,
    pub(super) origin: Place,
    pub(super) interest: BTreeSet<String>,
}

#[derive(Deserialize)]
struct Raw {
    t0: Within<{ -TIME_MAX_S }, TIME_MAX_S>,
    t1: Within<{ -TIME_MAX_S }, TIME_MAX_S>,
    report_period: Positive,
    origin: Place,
    #[serde(default)]
    interest: BTreeSet<String>,
}

impl TryFrom<Raw> for Meta {
    type Error = String;
    fn try_from(raw: Raw) -> Result<Self, String> {
        let (t0, t1, report_period_s) = (raw.t0.0, raw.t1.0, raw.report_period.0);
        if t1 < t0 {
            return Err(format!("found t0 {t0}, t1 {t1}; allowed: t1 not before t0"));
        }
        if report_period_s * GRID_PER_S < 1.0 || (t1 - t0) / report_period_s > REPORTS_MAX {
            let allowed = format!("at least 0.001 s, and at most {REPORTS_MAX} reports from t0 to t1");
            return Err(format!("found report_period {report_period_s}; allowed: {allowed}"));
        }
        Ok(Self { t0, t1, report_period_s, origin: raw.origin, interest: raw.interest })
    }
}

impl Meta {
    /// When reports are due, seconds from the trial's start.
    pub(super) fn report_times(&self) -> impl Iterator<Item = f64> + use<> {
        // Counted, not summed up, so that rounding does not add up; the last may miss t1 by what rounding leaves.
        let last = ((self.t1 - self.t0) / self.report_period_s + 1e-9).floor() as u64;
        let (t0, period_s) = (self.t0, self.report_period_s);
        // Divided by the grid's fineness, not multiplied by its width: 0.3, not 0.30000000000000004.
        (0..=last).map(move |n| ((t0 + n as f64 * period_s) * GRID_PER_S).round() / GRID_PER_S)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn times(t0: f64, t1: f64, period: f64) -> Vec<f64> {
        let text = format!(r#"{{"t0":{t0},"t1":{t1},"report_period":{period},"origin":[0,0,0]}}"#);
        serde_json::from_str::<Meta>(&text).unwrap().report_times().collect()
    }

    #[test]
    fn reports_are_due_from_t0_to_t1_on_a_clean_grid() {
        assert_eq!(times(0.0, 2.0, 1.0), [0.0, 1.0, 2.0]);
        assert_eq!(times(1.0, 1.5, 0.1), [1.0, 1.1, 1.2, 1.3, 1.4, 1.5]);
        assert_eq!(times(5.0, 5.0, 1.0), [5.0]);
        assert_eq!(times(0.0, 1.9, 1.0), [0.0, 1.0]);
        assert_eq!(times(0.0, 120.0, 0.1).len(), 1201);
    }
}
