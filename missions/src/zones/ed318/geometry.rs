//! Shapes and layers of zones: GeoJSON's geometries with what ED-318 adds to them.

use serde::Deserialize;
use serde::de::{Deserializer, Error as _};
use telemetry::LatLon;

use crate::zones::values::{METRES_A_FOOT, Number, UNLIMITED};
use crate::zones::{Outline, VerticalLimit, VerticalReference, ZoneVolume};

/// Collections inside each other.
const DEPTH_MAX: usize = 8;

#[derive(Deserialize)]
pub(super) struct Geometry {
    #[serde(rename = "type")]
    kind: GeometryKind,
    #[serde(default)]
    coordinates: Option<Coordinates>,
    #[serde(default)]
    geometries: Option<Vec<Geometry>>,
    #[serde(default)]
    layer: Option<Layer>,
    #[serde(default)]
    extent: Option<Extent>,
}

#[derive(Deserialize, Clone, Copy)]
enum GeometryKind {
    Point,
    Polygon,
    MultiPolygon,
    GeometryCollection,
}

/// Coordinates, however deep they are.
enum Coordinates {
    Place(LatLon),
    Rings(Vec<Vec<LatLon>>),
    Polygons(Vec<Vec<Vec<LatLon>>>),
}

/// A list of numbers or of lists.
enum Nested {
    Number(f64),
    List(Vec<Nested>),
}

impl<'de> Deserialize<'de> for Nested {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        struct Either;
        impl<'de> serde::de::Visitor<'de> for Either {
            type Value = Nested;
            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("a number or a list")
            }
            fn visit_f64<E>(self, number: f64) -> Result<Nested, E> {
                Ok(Nested::Number(number))
            }
            fn visit_i64<E>(self, number: i64) -> Result<Nested, E> {
                Ok(Nested::Number(number as f64))
            }
            fn visit_u64<E>(self, number: u64) -> Result<Nested, E> {
                Ok(Nested::Number(number as f64))
            }
            fn visit_seq<A: serde::de::SeqAccess<'de>>(self, mut list: A) -> Result<Nested, A::Error> {
                let mut all = Vec::with_capacity(list.size_hint().unwrap_or(0).min(1_024));
                while let Some(element) = list.next_element()? {
                    all.push(element);
                }
                Ok(Nested::List(all))
            }
        }
        from.deserialize_any(Either)
    }
}

impl Nested {
    fn list(&self) -> Option<&[Nested]> {
        match self {
            Self::List(list) => Some(list),
            Self::Number(_) => None,
        }
    }

    /// Longitude and latitude, degrees; a height behind them is passed over.
    fn place(&self) -> Option<LatLon> {
        match self.list()? {
            [Self::Number(lon), Self::Number(lat), ..] => LatLon::from_degrees(*lat, *lon).ok(),
            _ => None,
        }
    }

    fn ring(&self) -> Option<Vec<LatLon>> {
        let ring: Option<Vec<LatLon>> = self.list()?.iter().map(Self::place).collect();
        ring.filter(|ring| ring.len() >= 3)
    }

    fn rings(&self) -> Option<Vec<Vec<LatLon>>> {
        let rings: Option<Vec<Vec<LatLon>>> = self.list()?.iter().map(Self::ring).collect();
        rings.filter(|rings| !rings.is_empty())
    }

    fn coordinates(&self) -> Option<Coordinates> {
        if let Some(place) = self.place() {
            return Some(Coordinates::Place(place));
        }
        self.rings().map(Coordinates::Rings).or_else(|| {
            let polygons: Option<Vec<Vec<Vec<LatLon>>>> = self.list()?.iter().map(Self::rings).collect();
            polygons.map(Coordinates::Polygons)
        })
    }
}

impl<'de> Deserialize<'de> for Coordinates {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        // How deep they are is known only when they are read.
        let nested = Nested::deserialize(from)?;
        nested.coordinates().ok_or_else(|| {
            D::Error::custom("found no coordinates; allowed: a place, or rings of three places and more, in degrees")
        })
    }
}

#[derive(Deserialize, Clone, Copy)]
#[serde(rename_all = "camelCase")]
struct Layer {
    #[serde(default)]
    upper: Option<Number>,
    #[serde(default)]
    upper_reference: Option<Reference>,
    #[serde(default)]
    lower: Option<Number>,
    #[serde(default)]
    lower_reference: Option<Reference>,
    #[serde(default)]
    uom: Option<Unit>,
}

#[derive(Deserialize, Clone, Copy)]
#[serde(rename_all = "UPPERCASE")]
enum Reference {
    Agl,
    Amsl,
    Wgs84,
}

#[derive(Deserialize, Clone, Copy)]
#[serde(rename_all = "lowercase")]
enum Unit {
    #[serde(alias = "M")]
    M,
    #[serde(alias = "FT")]
    Ft,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Extent {
    sub_type: ExtentKind,
    radius: Number,
}

#[derive(Deserialize, Clone, Copy)]
enum ExtentKind {
    Circle,
}

impl Layer {
    /// The lower and the upper limit.
    fn limits(self) -> [Option<VerticalLimit>; 2] {
        let metres = if matches!(self.uom, Some(Unit::Ft)) { METRES_A_FOOT } else { 1.0 };
        let limit = |number: Option<Number>, reference: Option<Reference>| {
            let reference = match reference {
                None | Some(Reference::Agl) => VerticalReference::Agl,
                Some(Reference::Amsl) => VerticalReference::Amsl,
                Some(Reference::Wgs84) => VerticalReference::Wgs84,
            };
            number.map(|number| VerticalLimit { metres: number.0 * metres, reference })
        };
        let upper = self.upper.filter(|number| number.0 < UNLIMITED);
        [limit(self.lower, self.lower_reference), limit(upper, self.upper_reference)]
    }
}

impl Geometry {
    /// The volumes of this and of all that lies in it, or what is wrong with one.
    pub(super) fn volumes(self) -> Result<Vec<ZoneVolume>, &'static str> {
        let mut volumes = Vec::new();
        self.put_volumes(None, DEPTH_MAX, &mut volumes)?;
        Ok(volumes)
    }

    fn put_volumes(
        self,
        above: Option<Layer>,
        depth: usize,
        volumes: &mut Vec<ZoneVolume>,
    ) -> Result<(), &'static str> {
        let layer = self.layer.or(above);
        let [lower, upper] = layer.map_or([None, None], Layer::limits);
        let mut put = |outline| volumes.push(ZoneVolume { lower, upper, outline });
        match (self.kind, self.coordinates, self.extent) {
            (GeometryKind::Polygon, Some(Coordinates::Rings(rings)), _) => put(Outline::Polygon(rings)),
            (GeometryKind::MultiPolygon, Some(Coordinates::Polygons(polygons)), _) => {
                polygons.into_iter().for_each(|rings| put(Outline::Polygon(rings)));
            }
            (
                GeometryKind::Point,
                Some(Coordinates::Place(centre)),
                Some(Extent { sub_type: ExtentKind::Circle, radius }),
            ) if radius.0 > 0.0 => {
                put(Outline::Circle { centre, radius_m: radius.0 });
            }
            (GeometryKind::Point, ..) => return Err("a point without a radius above 0"),
            (GeometryKind::GeometryCollection, ..) => {
                let Some(inside) = self.geometries.filter(|inside| !inside.is_empty()) else {
                    return Err("an empty collection");
                };
                let left = depth.checked_sub(1).ok_or("collections too deep inside each other")?;
                for geometry in inside {
                    geometry.put_volumes(layer, left, volumes)?;
                }
            }
            _ => return Err("coordinates of another kind of geometry"),
        }
        Ok(())
    }
}
