//! Classes of several detectors in one list: what two of them call by one name is one class.

/// The most classes; detectors that name more have those beyond counted as the last.
const CLASSES_MAX: usize = 1_000;

/// Names by number.
#[derive(Debug, Clone)]
pub struct Classes {
    names: Vec<String>,
}

impl Classes {
    /// Begins with these, in this order.
    #[must_use]
    pub fn new<const N: usize>(first: [&str; N]) -> Self {
        Self { names: first.map(str::to_owned).to_vec() }
    }

    /// A name's number; a new name gets the next.
    pub fn number(&mut self, name: &str) -> u16 {
        let place = self.names.iter().position(|known| known == name);
        let place = place.unwrap_or_else(|| {
            if self.names.len() < CLASSES_MAX {
                self.names.push(name.to_owned());
            }
            self.names.len() - 1
        });
        u16::try_from(place).unwrap_or(u16::MAX)
    }

    /// A number's name.
    #[must_use]
    pub fn name(&self, number: u16) -> &str {
        self.names.get(usize::from(number)).map_or("unknown", String::as_str)
    }
}
