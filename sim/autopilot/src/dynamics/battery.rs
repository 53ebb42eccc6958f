//! A lithium-polymer battery: charge counted, voltage by its open-circuit curve less the ohmic drop, and less of a charge
//! the faster it is drawn (Peukert).
//!
//! What the autopilot believes ([`BatteryReading`]) comes from counting milliampere-hours against its `BATT_CAPACITY`
//! setting, not from the true charge, as on the real one.

use super::super::config::BatterySize;

/// Open-circuit voltage of one cell at each twentieth of its charge: a typical 15C lithium-polymer cell at 20 °C.
const CELL_V: [f64; 21] = [
    3.27, 3.61, 3.69, 3.71, 3.73, 3.75, 3.77, 3.79, 3.80, 3.82, 3.84, 3.85, 3.87, 3.91, 3.95, 3.98, 4.02, 4.08, 4.11,
    4.15, 4.20,
];

/// Peukert's exponent, and the time in hours in which a battery gives its nominal charge: drawn faster, it gives less, by
/// (I/I₀)^(k−1). Lithium-polymer packs lie at 1.03 to 1.06 (Omar et al., "Peukert revisited: critical appraisal and need
/// for modification for lithium-ion batteries", Energies 6 (2013) 5625), against 1.2 and more of lead.
const PEUKERT: f64 = 1.05;
const NOMINAL_H: f64 = 1.0;

/// What the autopilot's power module measures.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct BatteryReading {
    pub(crate) voltage_v: f64,
    pub(crate) current_a: f64,
    pub(crate) used_mah: f64,
    pub(crate) used_wh: f64,
}

#[derive(Debug, Clone)]
pub(crate) struct Battery {
    size: BatterySize,
    /// True charge left, 0 to 1.
    charge: f64,
    resistance_ohm: f64,
    reading: BatteryReading,
}

impl Battery {
    pub(crate) fn full(size: BatterySize) -> Self {
        let voltage_v = CELL_V[20] * f64::from(size.cells);
        let reading = BatteryReading { voltage_v, current_a: 0.0, used_mah: 0.0, used_wh: 0.0 };
        Self { size, charge: 1.0, resistance_ohm: size.resistance_ohm, reading }
    }

    /// Draws power for a while. Whatever cannot be delivered is not: see [`Battery::exhausted`].
    pub(crate) fn draw(&mut self, power_w: f64, seconds: f64) {
        let open_v = f64::from(self.size.cells) * cell_voltage(self.charge);
        // P = (V − I R) I, the smaller root; past the maximum power transfer the current stays at its peak.
        let discriminant = (open_v * open_v - 4.0 * self.resistance_ohm * power_w).max(0.0);
        let current_a = if self.exhausted() { 0.0 } else { 2.0 * power_w / (open_v + discriminant.sqrt()) };
        let mah = current_a * seconds / 3.6;
        let voltage_v = (open_v - current_a * self.resistance_ohm).max(0.0);
        let nominal_a = self.size.capacity_mah / 1000.0 / NOMINAL_H;
        let haste = (current_a / nominal_a).max(1.0).powf(PEUKERT - 1.0);
        self.charge = (self.charge - haste * mah / self.size.capacity_mah).max(0.0);
        self.reading = BatteryReading {
            voltage_v,
            current_a,
            used_mah: self.reading.used_mah + mah,
            used_wh: self.reading.used_wh + voltage_v * current_a * seconds / 3600.0,
        };
    }

    /// Whether it gives nothing any more.
    pub(crate) fn exhausted(&self) -> bool {
        self.charge <= 0.0
    }

    /// True charge left, 0 to 1.
    pub(crate) fn charge(&self) -> f64 {
        self.charge
    }

    pub(crate) fn reading(&self) -> BatteryReading {
        self.reading
    }

    /// Grows old at once: four times the resistance, half the charge.
    pub(crate) fn wear(&mut self) {
        self.resistance_ohm = 4.0 * self.size.resistance_ohm;
        self.charge *= 0.5;
    }

    /// The resistance recovers; the lost charge does not.
    pub(crate) fn recover(&mut self) {
        self.resistance_ohm = self.size.resistance_ohm;
    }
}

fn cell_voltage(charge: f64) -> f64 {
    let position = charge.clamp(0.0, 1.0) * 20.0;
    let below = (position as usize).min(19);
    let share = position - below as f64;
    CELL_V[below] * (1.0 - share) + CELL_V[below + 1] * share
}

#[cfg(test)]
mod tests {
    use super::*;

    const SIZE: BatterySize = BatterySize { cells: 6, capacity_mah: 10_000.0, resistance_ohm: 0.02 };

    #[test]
    fn ten_ampere_hours_last_about_an_hour_at_ten_amperes() {
        let mut battery = Battery::full(SIZE);
        let mut seconds = 0;
        while !battery.exhausted() {
            battery.draw(230.0, 1.0);
            seconds += 1;
        }
        assert!((3500..3750).contains(&seconds), "{seconds} s");
        let used = battery.reading();
        assert!((used.used_mah - 10_000.0).abs() < 10.0 && (used.used_wh - 230.0).abs() < 10.0, "{used:?}");
    }

    #[test]
    fn drawn_in_a_quarter_of_the_time_a_battery_gives_less() {
        let given = |power_w: f64| {
            let mut battery = Battery::full(SIZE);
            while !battery.exhausted() {
                battery.draw(power_w, 0.5);
            }
            battery.reading().used_mah
        };
        let (slowly, fast) = (given(110.0), given(900.0));
        assert!((slowly - 10_000.0).abs() < 10.0, "{slowly} mAh");
        // Four and a half times the nominal current: 1/4.5^0.05.
        assert!((9_150.0..9_450.0).contains(&fast), "{fast} mAh");
    }

    #[test]
    fn voltage_sags_under_load_and_recovers() {
        let mut battery = Battery::full(SIZE);
        battery.draw(1000.0, 0.1);
        let sagged = battery.reading().voltage_v;
        battery.draw(0.0, 0.1);
        let rested = battery.reading().voltage_v;
        assert!(rested - sagged > 0.75 && rested > 25.0, "{sagged} {rested}");
    }

    #[test]
    fn more_power_than_there_is_gives_a_finite_current() {
        let mut battery = Battery::full(SIZE);
        battery.draw(1e9, 0.05);
        assert!(battery.reading().current_a.is_finite() && battery.reading().voltage_v >= 0.0);
    }
}
