//! Strategies for what sensors see, what targets say of themselves, and what is made of both.

use proptest::collection::{btree_map, btree_set, vec};
use proptest::option::of;
use proptest::prelude::*;
use telemetry::messages::{
    AdsbClaim, AisClaim, AisEta, AisVoyage, AzimuthSector, Claim, Classification, Detection, Measurement, RangeRate,
    Registration, RemoteIdClaim, SensorBias, SensorScan, TargetClass, TargetKind, Track, TrackAlert, TrackSource,
    TrackStatus, VideoBox, VideoBytes, VideoFragment, VideoInitialization,
};
use telemetry::{DetectionId, Icao24, Mmsi, TrackId};

use super::{
    azimuth, elevation, finite, finite_f32, geodetic, lat_lon, sensor, station, text, time, vehicle, velocity,
};

prop_compose! {
    fn ais()(
        mmsi in 0..=999_999_999_u32, name in of(text()), call_sign in of(text()), ship_type in any::<Option<u8>>(),
        navigational_status in any::<Option<u8>>(), size in any::<(Option<u16>, Option<u16>, Option<u8>)>(),
        heading_deg in any::<Option<u16>>(), destination in of(text()), eta in any::<Option<(u8, u8, u8, u8)>>(),
    ) -> Claim {
        let mmsi = Mmsi::new(mmsi).unwrap();
        let (length_m, beam_m, draught_dm) = size;
        let eta = eta.map(|(month, day, hour, minute)| AisEta { month, day, hour, minute });
        let voyage = AisVoyage { draught_dm, destination, eta };
        Claim::Ais(AisClaim {
            mmsi,
            name,
            call_sign,
            ship_type,
            navigational_status,
            length_m,
            beam_m,
            heading_deg,
            voyage: (voyage != AisVoyage::default()).then(|| Box::new(voyage)),
        })
    }
}

prop_compose! {
    fn remote_id()(uas_id in "[ -~]{1,20}", operator in of(lat_lon())) -> Claim {
        Claim::RemoteId(RemoteIdClaim { uas_id, operator })
    }
}

prop_compose! {
    fn adsb()(icao in 0..=0xff_ffff_u32, call_sign in of(text())) -> Claim {
        Claim::Adsb(AdsbClaim { icao: Icao24::new(icao).unwrap(), call_sign })
    }
}

fn claim() -> impl Strategy<Value = Claim> {
    prop_oneof![ais(), remote_id(), adsb()]
}

fn measurement() -> impl Strategy<Value = Measurement> {
    let range_rate = (finite(), finite()).prop_map(|(m_s, sigma_m_s)| RangeRate { m_s, sigma_m_s });
    let sigma3 = || proptest::array::uniform3(finite());
    let sigma2 = || proptest::array::uniform2(finite());
    prop_oneof![
        (finite(), azimuth(), elevation(), of(range_rate), sigma3()).prop_map(
            |(range_m, azimuth, elevation, range_rate, sigma)| Measurement::RangeAzEl {
                range_m,
                azimuth,
                elevation,
                range_rate,
                sigma
            }
        ),
        (finite(), azimuth(), sigma2()).prop_map(|(range_m, azimuth, sigma)| Measurement::RangeAz {
            range_m,
            azimuth,
            sigma
        }),
        (azimuth(), elevation(), sigma2()).prop_map(|(azimuth, elevation, sigma)| Measurement::AzEl {
            azimuth,
            elevation,
            sigma
        }),
        (azimuth(), finite()).prop_map(|(azimuth, sigma)| Measurement::Azimuth { azimuth, sigma }),
        (geodetic(), finite(), of(finite()), of((velocity(), finite()))).prop_map(
            |(position, horizontal_sigma_m, vertical_sigma_m, velocity)| Measurement::Position {
                position,
                horizontal_sigma_m,
                vertical_sigma_m,
                velocity
            }
        ),
    ]
}

prop_compose! {
    fn detection()(
        id in any::<u64>(), measured_at in time(), measurement in measurement(), claim in of(claim()),
        drone_llr in of(finite_f32()),
    ) -> Detection {
        Detection { id: DetectionId(id), measured_at, measurement, claim, drone_llr }
    }
}

prop_compose! {
    pub(crate) fn scan()(
        sensor in sensor(), scan in any::<u64>(), measured_at in time(), origin in geodetic(),
        sector in of((azimuth(), azimuth())), detections in vec(detection(), 0..6),
    ) -> SensorScan {
        let sector = sector.map(|(from, to)| AzimuthSector { from, to });
        SensorScan { sensor, scan, measured_at, origin, sector, detections }
    }
}

prop_compose! {
    fn sensor_bias()(range_m in finite(), azimuth_rad in finite(), elevation_rad in finite(), time_s in finite())
        -> SensorBias {
        SensorBias { range_m, azimuth_rad, elevation_rad, time_s }
    }
}

prop_compose! {
    pub(super) fn registration()(
        sensor in sensor(), estimated_at in time(), bias in sensor_bias(), sigma in sensor_bias(),
        comparisons in any::<u32>(), beyond_claim in any::<bool>(),
    ) -> Registration {
        Registration { sensor, estimated_at, bias, sigma, comparisons, beyond_claim }
    }
}

prop_compose! {
    pub(super) fn video_box()(
        bounds in [finite_f32(), finite_f32(), finite_f32(), finite_f32()], class in text(), confidence in finite_f32(),
        track in any::<Option<u64>>(),
    ) -> VideoBox {
        VideoBox { bounds, class, confidence, track }
    }
}

pub(super) fn video_bytes() -> impl Strategy<Value = VideoBytes> {
    vec(any::<u8>(), 0..300).prop_map(VideoBytes)
}

prop_compose! {
    pub(super) fn video()(
        sensor in sensor(), number in any::<u64>(), captured_at in time(), picture in any::<[u32; 2]>(),
        media_time_s in finite(), initialization in of((text(), video_bytes())), fragment in video_bytes(),
        boxes in vec(video_box(), 0..4),
    ) -> VideoFragment {
        let initialization = initialization.map(|(codec, segment)| VideoInitialization { codec, segment });
        VideoFragment { sensor, number, captured_at, picture, media_time_s, initialization, fragment, boxes }
    }
}

fn class() -> impl Strategy<Value = TargetClass> {
    use TargetClass::{Aircraft, Bird, Clutter, Drone, Person, Unknown, Vehicle, Vessel};
    proptest::sample::select(vec![Drone, Bird, Aircraft, Vessel, Vehicle, Person, Clutter, Unknown])
}

fn target_kind() -> impl Strategy<Value = TargetKind> {
    use TargetKind::{
        CargoVessel, FishingVessel, FixedWing, Multirotor, PassengerVessel, SailingOrPleasureCraft, SpeedBoat, Tanker,
        Unknown, WorkBoat,
    };
    proptest::sample::select(vec![
        Multirotor,
        FixedWing,
        CargoVessel,
        Tanker,
        PassengerVessel,
        FishingVessel,
        SailingOrPleasureCraft,
        SpeedBoat,
        WorkBoat,
        Unknown,
    ])
}

fn track_alert() -> impl Strategy<Value = TrackAlert> {
    use TrackAlert::{AdsbSpoof, AisOff, AisSpoof, DuplicateIdentity, RidSpoof, Unknown};
    proptest::sample::select(vec![AisSpoof, RidSpoof, AdsbSpoof, DuplicateIdentity, AisOff, Unknown])
}

prop_compose! {
    fn track_source()(station in station(), track in any::<u64>(), measured_at in time()) -> TrackSource {
        TrackSource { station, track: TrackId(track), measured_at }
    }
}

prop_compose! {
    pub(super) fn track()(
        id in any::<u64>(), times in proptest::array::uniform3(time()), position in geodetic(), velocity in velocity(),
        covariance in vec(finite_f32(), 21), status in 0..4_usize, belief in btree_map(class(), finite_f32(), 0..6),
        kinds in btree_map(target_kind(), finite_f32(), 0..4), evidence in vec(text(), 0..3), claim in of(claim()),
        measured_by in btree_map(sensor(), time(), 0..4), alerts in btree_set(track_alert(), 0..4),
        sources in vec(track_source(), 0..3), vehicle in of(vehicle()),
    ) -> Track {
        use TrackStatus::{Coasting, Confirmed, Dropped, Tentative};
        let [estimated_at, updated_at, first_seen_at] = times;
        Track {
            id: TrackId(id), estimated_at, updated_at, first_seen_at, position, velocity,
            covariance: covariance.try_into().unwrap(), status: [Tentative, Confirmed, Coasting, Dropped][status],
            classification: Classification { belief, kinds, evidence }, claim, measured_by, alerts, sources, vehicle,
        }
    }
}
