//! Zones in ED-269, ED-318 and OpenAir: kept whole, converted with a list of losses, found by place; and the ground.

use missions::terrain::{GroundHeight, Sheet, Terrain};
use missions::zones::{
    DayTime, Outline, Restriction, UasZone, VerticalReference, ZoneDocument, ZoneFormat, ZoneIndex, ed318, openair,
    read, write_ed269, write_ed318,
};
use proptest::prelude::*;
use telemetry::{LatLon, Timestamp};

const OFFICIAL: &[u8] = include_bytes!("../data/ed318/official_partial_example.json");
const OPENAIR: &[u8] = include_bytes!("../data/openair/openair_switzerland.txt");
const SAMPLES: [(&str, &[u8]); 5] = [
    ("luxembourg.json", include_bytes!("../data/ed269/luxembourg_cc0.json")),
    ("switzerland.json", include_bytes!("../data/ed269/switzerland_oby.json")),
    ("interuss.json", include_bytes!("../data/ed269/interuss_ch_sample.json")),
    ("official.json", OFFICIAL),
    ("openair.txt", OPENAIR),
];

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn place(lat: f64, lon: f64) -> LatLon {
    LatLon::from_degrees(lat, lon).unwrap()
}

#[test]
fn every_sample_says_the_same_after_it_was_read_and_written() {
    for (name, bytes) in SAMPLES {
        let document = ZoneDocument::read(name, bytes).unwrap_or_else(|error| panic!("{error}"));
        let written = document.write();
        assert!(ZoneDocument::read(name, &written).unwrap() == document, "{name}");
        if document.format() != ZoneFormat::OpenAir {
            let value = |bytes: &[u8]| -> serde_json::Value {
                serde_json::from_slice(bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes)).unwrap()
            };
            assert_eq!(value(&written), value(bytes), "{name}");
        }
    }
}

#[test]
fn zones_say_the_same_in_either_data_model() {
    for (name, bytes) in SAMPLES {
        let zones = read(name, bytes).unwrap();
        let (as_318, _) = write_ed318(&zones);
        assert!(same(&ed318::read(name, &as_318).unwrap()) == same(&zones), "{name}");
        let (as_269, lost) = write_ed269(&zones);
        assert!(same(&read(name, &as_269).unwrap()) == same(&zones), "{name}");
        assert_eq!(lost, Vec::<String>::new(), "{name}");
    }
}

/// Zones without the difference between a ring that is closed and one that is not, to a tenth of a millimetre: not every
/// number of radians is one of degrees.
fn same(zones: &[UasZone]) -> Vec<UasZone> {
    let mut zones = zones.to_vec();
    let rounded = |at: LatLon| {
        let short = |degrees: f64| (degrees * 1e9).round() / 1e9;
        place(short(at.latitude_deg()), short(at.longitude_deg()))
    };
    for volume in zones.iter_mut().flat_map(|zone| &mut zone.volumes) {
        match &mut volume.outline {
            Outline::Circle { centre, .. } => *centre = rounded(*centre),
            Outline::Polygon(rings) => {
                for ring in rings {
                    ring.iter_mut().for_each(|at| *at = rounded(*at));
                    if ring.first() == ring.last() {
                        ring.pop();
                    }
                }
            }
        }
    }
    zones
}

#[test]
fn what_the_other_data_model_does_not_hold_is_named() {
    let document = ZoneDocument::read("switzerland.json", SAMPLES[1].1).unwrap();
    let (_, lost) = document.convert("switzerland.json", ZoneFormat::Ed318).unwrap();
    assert!(lost.iter().any(|lost| lost == "zoneAuthority of 1 zones"), "{lost:?}");
    assert!(document.convert("switzerland.json", ZoneFormat::OpenAir).is_err());
}

#[test]
fn the_official_example_has_two_layers_and_two_schedules() {
    let zones = ed318::read("official.json", OFFICIAL).unwrap();
    let zone = &zones[0];
    assert_eq!((zone.identifier.as_str(), zone.name.as_deref()), ("NFZ6547", Some("LFPG-2")));
    assert_eq!(zone.restriction, Restriction::RequiresAuthorisation);
    let limits: Vec<f64> =
        zone.volumes.iter().flat_map(|volume| [volume.lower, volume.upper]).map(|l| l.unwrap().metres).collect();
    assert_eq!(limits, [50.0, 150.0, 0.0, 50.0]);
    // 2019-06-01 is a Saturday, the day after a Sunday.
    let spans = zone.active(at("2019-06-01T12:00:00Z"), at("2019-06-02T12:00:00Z")).unwrap();
    assert_eq!(
        spans,
        [
            [at("2019-06-01T16:00:00Z"), at("2019-06-01T17:00:00Z")],
            [at("2019-06-02T10:00:00Z"), at("2019-06-02T12:00:00Z")]
        ]
    );
    assert_eq!(zone.active(at("2020-06-01T12:00:00Z"), at("2020-06-02T12:00:00Z")), Some(vec![]));
}

#[test]
fn hours_by_the_sun_follow_it_and_circles_feet_and_the_ellipsoid_are_read() {
    let text = r#"{"type":"FeatureCollection","features":[{"type":"Feature","properties":{"identifier":"N1","country":"DEU",
        "type":"USPACE","variant":"COMMON","zoneAuthority":[{"purpose":"INFORMATION"}],
        "limitedApplicability":[{"schedule":[{"day":["ANY"],"startEvent":"SS","endEvent":"SR"}]}]},
        "geometry":{"type":"GeometryCollection","layer":{"lower":100,"lowerReference":"WGS84","upper":"400","upperReference":"AMSL",
        "uom":"ft"},"geometries":[{"type":"Point","coordinates":[10.1,54.3],"extent":{"subType":"Circle","radius":300}}]}}]}"#;
    let zone = ed318::read("night.json", text.as_bytes()).unwrap().remove(0);
    assert_eq!(zone.restriction, Restriction::USpace);
    let volume = &zone.volumes[0];
    assert_eq!(volume.lower.unwrap().reference, VerticalReference::Wgs84);
    assert!((volume.upper.unwrap().metres - 121.92).abs() < 1e-9);
    assert!(matches!(volume.outline, Outline::Circle { radius_m: 300.0, .. }));
    assert!(matches!(zone.applicability[0].daily[0].from, DayTime::Sun(_)));
    let spans = zone.active(at("2026-11-21T12:00:00Z"), at("2026-11-22T12:00:00Z")).unwrap();
    // In Kiel the sun sets at about 15:10 UTC and rises at about 07:00.
    assert_eq!(spans.len(), 1);
    for (found, wanted) in [(spans[0][0], "2026-11-21T15:09:00Z"), (spans[0][1], "2026-11-22T07:02:00Z")] {
        assert!(found.seconds_since(at(wanted)).abs() < 300.0, "{found} {wanted}");
    }
    let (_, lost) = write_ed269(&[zone]);
    assert_eq!(lost.len(), 4, "{lost:?}");
}

#[test]
fn openair_has_polygons_circles_feet_and_arcs() {
    let zones = openair::read("openair.txt", OPENAIR).unwrap();
    assert_eq!(zones.len(), 334);
    let circles = zones.iter().filter(|zone| matches!(zone.volumes[0].outline, Outline::Circle { .. })).count();
    assert_eq!(circles, 59);
    assert!((zones[0].volumes[0].upper.unwrap().metres - 12_959.0 * 0.3048).abs() < 1e-6);
    let text = "AC R\nAN ARC\nAL 1000 ft AGL\nAH FL 95\nV X=54:00:00 N 010:00:00 E\nV D=-\nDA 2,90,0\nDP 54:00.0 N 010:00.0 E\n\
                AC Q\nAN ENDS\nAL GND\nAH UNL\nV X=54:00:00 N 010:00:00 E\nDB 54:02:00 N 010:00:00 E, 53:58:00 N 010:00:00 E\n";
    let zones = openair::read("arc.txt", text.as_bytes()).unwrap();
    let Outline::Polygon(rings) = &zones[0].volumes[0].outline else { panic!() };
    // Anticlockwise from east to north is the short way.
    assert!(rings[0].len() == 32 && rings[0].iter().all(|corner| corner.latitude_deg() >= 54.0 - 1e-9), "{rings:?}");
    let centre = place(54.0, 10.0);
    let off = rings[0][..31].iter().map(|corner| (missions::ring::distance_m(centre, *corner) - 3704.0).abs());
    assert!(off.fold(0.0, f64::max) < 2.0);
    assert_eq!(zones[0].volumes[0].lower.unwrap().reference, VerticalReference::Agl);
    assert!((zones[0].volumes[0].upper.unwrap().metres - 2895.6).abs() < 1e-9);
    assert_eq!((zones[1].restriction, zones[1].volumes[0].upper), (Restriction::Conditional, None));
    let Outline::Polygon(rings) = &zones[1].volumes[0].outline else { panic!() };
    assert!(
        rings[0].iter().all(|corner| corner.longitude_deg() >= 10.0 - 1e-6),
        "clockwise from north to south is by the east"
    );
}

#[test]
fn a_hostile_file_is_refused_with_its_name_the_place_and_the_reason() {
    let official = String::from_utf8(OFFICIAL.to_vec()).unwrap();
    let deep = "{\"type\":\"FeatureCollection\",\"features\":[{\"geometry\":{\"coordinates\":".to_owned()
        + &"[".repeat(100_000);
    for (name, text, wanted) in [
        ("a.json", official.replacen("\"REQ_AUTHORIZATION\"", "\"MAYBE\"", 1), ["a.json:", "properties.type", "MAYBE"]),
        (
            "a.json",
            official.replacen("49.029301", "949.0", 1),
            ["a.json:", "geometry.geometries[0].coordinates", "degrees"],
        ),
        ("a.json", official.replacen("49.029301", "1e999", 1), ["a.json:", "geometry", "out of range"]),
        ("a.json", deep, ["a.json:1:", "", "recursion limit"]),
        ("a.txt", "AN NO CLASS".to_owned(), ["a.txt:1", "", "AC"]),
        ("a.txt", "AC R\nAN X\nDP 99:00:00 N 008:00:00 E".to_owned(), ["a.txt:3", "99:00:00", "a place"]),
        ("a.txt", "AC R\nAN X\nDC 5".to_owned(), ["a.txt:3", "DC 5", "centre"]),
        ("a.txt", "AC R\nAN X\nAL NaN ft".to_owned(), ["a.txt:3", "NaN", "GND"]),
        ("a.txt", "AC R\nAN X\nV X=54:00:00 N 010:00:00 E\nDA 1e308,0,10".to_owned(), ["a.txt:4", "1e308", "500"]),
        ("a.txt", "AC R\nAN X\nAL GND\n".to_owned(), ["a.txt:1", "0 corners", "two"]),
    ] {
        let told = read(name, text.as_bytes()).unwrap_err().to_string();
        for part in wanted {
            assert!(told.contains(part), "{part:?} is not in {told:?}");
        }
    }
}

#[test]
fn an_index_finds_what_looking_at_all_of_them_finds_the_antimeridian_included() {
    let mut zones = read("openair.txt", OPENAIR).unwrap();
    let date_line = r#"{"type":"Feature","properties":{"identifier":"FJ","country":"FJI","type":"PROHIBITED"},"geometry":
        {"type":"Polygon","coordinates":[[[179.9,-17],[-179.9,-17],[-179.9,-16],[179.9,-16],[179.9,-17]]]}}"#;
    zones.extend(read("fiji.json", date_line.as_bytes()).unwrap());
    let last = zones.len() - 1;
    let index = ZoneIndex::new(zones);
    for lon in [179.95, -179.95, 180.0] {
        assert_eq!(index.near(&[place(-16.5, lon)], 100.0), [last], "{lon}");
    }
    assert_eq!(index.near(&[place(-16.5, 0.0)], 100.0), Vec::<usize>::new());
    for step in 0..200 {
        let at = place(45.8 + 0.01 * f64::from(step % 20), 6.0 + 0.2 * f64::from(step / 20));
        let near = index.near(&[at], 0.0);
        for (number, zone) in index.zones().iter().enumerate().take(last) {
            let inside = match &zone.volumes[0].outline {
                Outline::Circle { centre, radius_m } => missions::ring::distance_m(*centre, at) < *radius_m,
                Outline::Polygon(rings) => missions::ring::contains(&rings[0], at),
            };
            assert!(!inside || near.contains(&number), "{} at {at:?}", zone.identifier);
        }
    }
}

/// A tile of three-second points whose heights are row plus column, some of them none.
fn tile(folder: &std::path::Path) {
    let mut bytes = Vec::new();
    for row in 0..1201_i16 {
        for column in 0..1201_i16 {
            let height = if row < 10 && column < 10 { i16::MIN } else { row + column };
            bytes.extend(height.to_be_bytes());
        }
    }
    std::fs::write(folder.join("N54E010.hgt"), bytes).unwrap();
}

#[test]
fn heights_are_straight_between_points_and_what_is_not_known_is_said() {
    let folder = tempfile::tempdir().unwrap();
    tile(folder.path());
    let terrain = Terrain::open(folder.path()).unwrap();
    assert_eq!(terrain.len(), 1);
    let step = 1.0 / 1200.0;
    let metres = |row: f64, column: f64| terrain.height(place(55.0 - row * step, 10.0 + column * step));
    let known = |row: f64, column: f64, wanted: f64| match metres(row, column) {
        GroundHeight::Metres(found) => assert!((found - wanted).abs() < 1e-3, "{row} {column}: {found}"),
        other => panic!("{row} {column}: {other:?}"),
    };
    known(100.0, 200.0, 300.0);
    known(100.25, 200.5, 300.75);
    known(1200.0, 1200.0, 2400.0);
    assert_eq!(metres(5.0, 5.0), GroundHeight::NoData);
    assert_eq!(metres(-2.0, 5.0), GroundHeight::NoTile);
    assert_eq!(Terrain::names(&[place(-0.5, -0.5)]).into_iter().collect::<Vec<_>>(), ["S01W001"]);
}

#[test]
fn a_sheet_says_what_the_tiles_say_and_its_text_says_the_same() {
    let folder = tempfile::tempdir().unwrap();
    tile(folder.path());
    let terrain = Terrain::open(folder.path()).unwrap();
    let sheet = terrain.sheet([9.9, 54.95, 10.1, 55.2]).unwrap();
    assert!((92.0..93.5).contains(&sheet.spacing_m()), "{}", sheet.spacing_m());
    for (lat, lon) in [(54.96, 10.05), (54.9512, 10.0999), (54.9999, 10.0001), (54.9, 10.05), (55.1, 10.05)] {
        match (sheet.height(place(lat, lon)), terrain.height(place(lat, lon))) {
            (GroundHeight::Metres(ours), GroundHeight::Metres(theirs)) => assert!((ours - theirs).abs() < 0.1),
            (GroundHeight::NoTile, GroundHeight::Metres(_)) => assert!(lat < 54.95, "{lat} {lon} is on the sheet"),
            (ours, theirs) => assert_eq!(ours, theirs, "{lat} {lon}"),
        }
    }
    assert_eq!(Sheet::read("kept.asc", &sheet.to_text()).unwrap(), sheet);
    assert!(terrain.sheet([12.0, 54.0, 13.0, 55.0]).is_none(), "there is no tile");
}

#[test]
fn a_sheet_of_a_large_place_leaves_points_out_and_keeps_the_highest_of_those_around() {
    let folder = tempfile::tempdir().unwrap();
    tile(folder.path());
    // Two tiles by two of 1201 points a side are 5.8 million.
    for name in ["N54E011.hgt", "N53E010.hgt", "N53E011.hgt"] {
        std::fs::copy(folder.path().join("N54E010.hgt"), folder.path().join(name)).unwrap();
    }
    let terrain = Terrain::open(folder.path()).unwrap();
    let sheet = terrain.sheet([10.0, 53.0, 12.0, 55.0]).unwrap();
    assert!((184.0..187.0).contains(&sheet.spacing_m()), "{}", sheet.spacing_m());
    for (lat, lon) in [(54.5003, 10.4999), (53.2, 11.7), (54.0007, 10.3)] {
        match (sheet.height(place(lat, lon)), terrain.height(place(lat, lon))) {
            // The tiles' ground rises by a metre from a point to the next, to the east and to the south.
            (GroundHeight::Metres(ours), GroundHeight::Metres(theirs)) => {
                assert!((-0.1..=4.1).contains(&(ours - theirs)), "{lat} {lon}: {ours} {theirs}");
            }
            other => panic!("{other:?}"),
        }
    }
}

#[test]
fn a_text_that_is_no_sheet_is_refused_with_its_line() {
    let folder = tempfile::tempdir().unwrap();
    tile(folder.path());
    let text = Terrain::open(folder.path()).unwrap().sheet([10.5, 54.5, 10.502, 54.502]).unwrap().to_text();
    let told = |from: &str, to: &str| Sheet::read("kept.asc", &text.replacen(from, to, 1)).unwrap_err().to_string();
    assert!(told("ncols", "columns").contains("kept.asc") && told("ncols", "columns").contains("line 1"));
    assert!(told("ncols ", "ncols 1").contains("line 8"), "{}", told("ncols ", "ncols 1"));
    assert!(told("nrows ", "nrows 1").contains("as many rows as nrows"));
    assert!(told("dx ", "dx -").contains("steps above 0"));
    assert!(told("nrows ", "nrows 999999").contains("4 million"));
    assert!(told("dy", "dy x").contains("line 6"));
}

#[test]
fn a_geotiff_of_cells_or_points_is_placed_by_its_tags_and_others_are_refused() {
    use tiff::encoder::{TiffEncoder, colortype};
    use tiff::tags::Tag;
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, raster: u16, model: u16| {
        let mut file = std::fs::File::create(folder.path().join(name)).unwrap();
        let mut encoder = TiffEncoder::new(&mut file).unwrap();
        let mut image = encoder.new_image::<colortype::Gray32Float>(4, 3).unwrap();
        let keys: [u16; 12] = [1, 1, 0, 2, 1024, 0, 1, model, 1025, 0, 1, raster];
        image.encoder().write_tag(Tag::GeoKeyDirectoryTag, &keys[..]).unwrap();
        image.encoder().write_tag(Tag::ModelPixelScaleTag, &[0.1, 0.1, 0.0][..]).unwrap();
        image.encoder().write_tag(Tag::ModelTiepointTag, &[0.0, 0.0, 0.0, 10.0, 55.0, 0.0][..]).unwrap();
        image.encoder().write_tag(Tag::GdalNodata, "-1").unwrap();
        let heights: [f32; 12] = [0.0, 1.0, 2.0, 3.0, 10.0, 11.0, 12.0, 13.0, 20.0, 21.0, 22.0, -1.0];
        image.write_data(&heights).unwrap();
    };
    write("cells.tif", 1, 2);
    let terrain = Terrain::open(folder.path()).unwrap();
    let GroundHeight::Metres(middle) = terrain.height(place(54.9, 10.1)) else { panic!() };
    assert!((middle - 5.5).abs() < 1e-4, "{middle}");
    assert_eq!(terrain.height(place(54.75, 10.35)), GroundHeight::NoData);
    std::fs::remove_file(folder.path().join("cells.tif")).unwrap();
    write("points.tif", 2, 2);
    let terrain = Terrain::open(folder.path()).unwrap();
    let GroundHeight::Metres(corner) = terrain.height(place(54.9, 10.1)) else { panic!() };
    assert!((corner - 11.0).abs() < 1e-4, "{corner}");
    write("projected.tif", 1, 1);
    let told = Terrain::open(folder.path()).unwrap_err().to_string();
    assert!(told.contains("projected.tif") && told.contains("EPSG:4326"), "{told}");
    std::fs::write(folder.path().join("projected.tif"), b"II*\0 no").unwrap();
    assert!(Terrain::open(folder.path()).unwrap_err().to_string().contains("projected.tif"));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn a_damaged_sample_is_read_or_refused_and_can_be_used(
        which in 0..SAMPLES.len(), at_byte in any::<prop::sample::Index>(), becomes in any::<u8>(), cut in any::<bool>(),
    ) {
        let (name, bytes) = SAMPLES[which];
        // The first airspaces stand for all of them.
        let mut bytes = bytes[..bytes.len().min(12_000)].to_vec();
        let place = at_byte.index(bytes.len());
        bytes[place] = becomes;
        if cut {
            bytes.truncate(place);
        }
        if let Ok(document) = ZoneDocument::read(name, &bytes) {
            prop_assert!(ZoneDocument::read(name, &document.write()).unwrap() == document);
            for zone in document.zones() {
                let _ = zone.active(Timestamp::EPOCH, at("2100-01-01T00:00:00Z"));
            }
            let _ = (write_ed269(document.zones()), write_ed318(document.zones()));
            let _ = ZoneIndex::new(document.zones().to_vec()).near(&[LatLon::from_degrees(46.5, 8.0).unwrap()], 5_000.0);
        }
    }

    #[test]
    fn any_bytes_are_read_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        for name in ["a.json", "a.txt"] {
            let _ = read(name, &bytes);
        }
        let _ = ed318::read("a.json", &bytes);
    }

    #[test]
    fn any_lines_of_openair_are_read_or_refused(
        lines in prop::collection::vec(("AC|AN|AL|AH|DP|DC|DA|DB|V", "[ -~]{0,24}|X=54:0:0 N 10:0:0 E|5,0,90"), 0..12)
    ) {
        let text: String = lines.iter().map(|(record, rest)| format!("{record} {rest}\n")).collect();
        let _ = openair::read("a.txt", text.as_bytes());
    }
}
