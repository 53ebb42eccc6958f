//! Altitudes, each with its datum in its type. Converting between datums needs a geoid or a terrain model, so every
//! conversion asks for one.

use serde::{Deserialize, Serialize};

macro_rules! metres {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, PartialOrd, Default, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name {
            /// Metres, up positive.
            pub metres: f64,
        }

        impl $name {
            /// From metres.
            #[must_use]
            pub const fn new(metres: f64) -> Self {
                Self { metres }
            }
        }
    };
}

metres!(
    /// Height above the WGS-84 ellipsoid.
    AltitudeHae
);
metres!(
    /// Altitude above mean sea level, that is above the geoid.
    AltitudeAmsl
);
metres!(
    /// Height above the ground or water directly below.
    HeightAgl
);
metres!(
    /// Height above the place of take-off, what autopilots call relative altitude.
    HeightAboveHome
);
metres!(
    /// How far the geoid stands above the ellipsoid at a place (N in h = H + N).
    GeoidUndulation
);

impl AltitudeHae {
    /// Above mean sea level, by h = H + N.
    #[must_use]
    pub fn amsl(self, undulation: GeoidUndulation) -> AltitudeAmsl {
        AltitudeAmsl::new(self.metres - undulation.metres)
    }
}

impl AltitudeAmsl {
    /// Above the ellipsoid, by h = H + N.
    #[must_use]
    pub fn hae(self, undulation: GeoidUndulation) -> AltitudeHae {
        AltitudeHae::new(self.metres + undulation.metres)
    }
}
