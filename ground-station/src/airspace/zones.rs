//! Which of an authority's zones concern a site.

use missions::Site;
use missions::zones::{Outline, UasZone, ZoneVolume};
use telemetry::LatLon;

/// Zones farther than this from the box that a site is interested in are left out, metres: no plan of the site leads
/// there.
pub const ZONES_BEYOND_M: f64 = 20_000.0;

/// Whether a zone comes near a site.
#[must_use]
pub fn near(site: &Site, zone: &UasZone) -> bool {
    zone.volumes.iter().any(|volume| volume_near(site, volume))
}

fn volume_near(site: &Site, volume: &ZoneVolume) -> bool {
    let [west, south, east, north] = site.bounds.degrees();
    let beyond_deg = ZONES_BEYOND_M / 111_195.0;
    let shrink = site.datum.lat_lon().latitude().cos().max(0.05);
    let meets = |[low, high]: [f64; 2], [from, to]: [f64; 2], beyond: f64| low <= to + beyond && from - beyond <= high;
    let [lons, lats] = match &volume.outline {
        Outline::Circle { centre, radius_m } => {
            let deg = radius_m / 111_195.0;
            let (lon, lat) = (centre.longitude_deg(), centre.latitude_deg());
            [[lon - deg / shrink, lon + deg / shrink], [lat - deg, lat + deg]]
        }
        Outline::Polygon(rings) => {
            let Some(outer) = rings.first() else { return false };
            [extent(outer, LatLon::longitude_deg), extent(outer, LatLon::latitude_deg)]
        }
    };
    meets(lons, [west, east], beyond_deg / shrink) && meets(lats, [south, north], beyond_deg)
}

fn extent(corners: &[LatLon], of: impl Fn(LatLon) -> f64) -> [f64; 2] {
    let span = |[low, high]: [f64; 2], number: f64| [low.min(number), high.max(number)];
    corners.iter().map(|at| of(*at)).fold([f64::INFINITY, f64::NEG_INFINITY], span)
}
