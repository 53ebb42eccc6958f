//! Whether probabilities are what they say.

/// Forecasts and what came of them, in ten bins of probability.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Reliability {
    bins: [Tally; 10],
    squared: f64,
}

#[derive(Debug, Clone, Copy, PartialEq, Default)]
struct Tally {
    forecasts: u32,
    promised: f64,
    happened: u32,
}

/// Forecasts of about one probability.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Bin {
    /// How many.
    pub forecasts: u32,
    /// Their mean probability.
    pub promised: f64,
    /// How often it happened.
    pub happened: f64,
}

impl Reliability {
    /// Keeps a forecast and what came of it. What is no probability is not kept.
    pub fn record(&mut self, probability: f64, happened: bool) {
        if !(0.0..=1.0).contains(&probability) {
            return;
        }
        let bin = &mut self.bins[((probability * 10.0) as usize).min(9)];
        bin.forecasts = bin.forecasts.saturating_add(1);
        bin.promised += probability;
        bin.happened = bin.happened.saturating_add(u32::from(happened));
        self.squared += (probability - f64::from(u8::from(happened))).powi(2);
    }

    /// The bins that have any forecast, the least probable first.
    #[must_use]
    pub fn bins(&self) -> Vec<Bin> {
        let bin = |tally: &Tally| {
            let count = f64::from(tally.forecasts);
            Bin {
                forecasts: tally.forecasts,
                promised: tally.promised / count,
                happened: f64::from(tally.happened) / count,
            }
        };
        self.bins.iter().filter(|tally| tally.forecasts > 0).map(bin).collect()
    }

    /// The mean distance between what was promised and what happened, each bin as often as it has forecasts; 0 without
    /// any (the expected calibration error).
    #[must_use]
    pub fn error(&self) -> f64 {
        let bins = self.bins();
        let all: f64 = bins.iter().map(|bin| f64::from(bin.forecasts)).sum();
        let off: f64 = bins.iter().map(|bin| f64::from(bin.forecasts) * (bin.promised - bin.happened).abs()).sum();
        if all > 0.0 { off / all } else { 0.0 }
    }

    /// The mean squared error of the probabilities (Brier 1950), 0 to 1; 0 without any.
    #[must_use]
    pub fn brier(&self) -> f64 {
        let all: f64 = self.bins.iter().map(|tally| f64::from(tally.forecasts)).sum();
        if all > 0.0 { self.squared / all } else { 0.0 }
    }
}
