//! The autopilots of a live night: real time, and a UDP socket each, as ArduPilot's own simulator has.

use std::collections::BTreeMap;
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;

use missions::Scenario;
use missions::scenario::OwnVehicle;
use telemetry::messages::VehicleKind;
use telemetry::{Timestamp, VehicleId};
use tokio::net::UdpSocket;
use tokio::sync::mpsc;

use crate::compose;
use crate::world::Truth;
use autopilot::{Autopilot, Fault, VehicleTruth, Weather};

/// Datagrams from the companion computers that wait for the next step; when more come, the newest are dropped, as a
/// serial line would.
const WAITING_MAX: usize = 1024;

/// One autopilot on a socket.
struct Airframe {
    place: usize,
    vehicle: OwnVehicle,
    autopilot: Autopilot,
    socket: Arc<UdpSocket>,
    companion: SocketAddr,
}

/// All autopilots of a night.
pub(super) struct Sky {
    airframes: BTreeMap<VehicleId, Airframe>,
    from_companions: mpsc::Receiver<(VehicleId, Vec<u8>)>,
    weather: Weather,
}

impl Sky {
    /// Switches the autopilots on. `companions` are the ports on which the companion computers listen.
    pub(super) async fn new(
        scenario: &Scenario,
        companions: &BTreeMap<VehicleId, u16>,
        seed: u64,
        now: Timestamp,
    ) -> Result<Self, anyhow::Error> {
        let (to_sky, from_companions) = mpsc::channel(WAITING_MAX);
        let mut airframes = BTreeMap::new();
        for (place, vehicle) in scenario.vehicles.iter().enumerate() {
            let system = compose::system(place)?;
            let socket = Arc::new(UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).await?);
            tokio::spawn(listen(vehicle.id.clone(), Arc::clone(&socket), to_sky.clone()));
            let airframe = Airframe {
                place,
                vehicle: vehicle.clone(),
                autopilot: Autopilot::new(compose::autopilot(vehicle, system, scenario), seed, now),
                socket,
                companion: (Ipv4Addr::LOCALHOST, companions[&vehicle.id]).into(),
            };
            airframes.insert(vehicle.id.clone(), airframe);
        }
        Ok(Self { airframes, from_companions, weather: compose::weather(scenario) })
    }

    /// Flies on to `now`, the wall clock, and exchanges what is to be said.
    pub(super) fn fly(&mut self, now: Timestamp) {
        while let Ok((vehicle, bytes)) = self.from_companions.try_recv() {
            if let Some(airframe) = self.airframes.get_mut(&vehicle) {
                airframe.autopilot.receive(now, &bytes);
            }
        }
        for airframe in self.airframes.values_mut() {
            airframe.autopilot.step(now, &self.weather);
            let bytes = airframe.autopilot.take_bytes();
            for datagram in bytes.chunks(DATAGRAM_MAX) {
                // A companion computer that is not there yet refuses; MAVLink says everything again.
                let _ = airframe.socket.try_send_to(datagram, airframe.companion);
            }
        }
    }
}

impl Sky {
    /// Our own vehicles as sensors see them.
    pub(super) fn seen(&self) -> Vec<Truth> {
        let flying =
            |airframe: &&Airframe| airframe.vehicle.kind == VehicleKind::Boat || !airframe.autopilot.truth().on_ground;
        let seen =
            |airframe: &Airframe| compose::own_truth(airframe.place, &airframe.vehicle, &airframe.autopilot.truth());
        self.airframes.values().filter(flying).map(seen).collect()
    }

    /// What is true of each vehicle.
    pub(super) fn truths(&self) -> impl Iterator<Item = (&OwnVehicle, VehicleTruth)> {
        self.airframes.values().map(|airframe| (&airframe.vehicle, airframe.autopilot.truth()))
    }

    /// What is true of one vehicle.
    pub(super) fn truth(&self, vehicle: &VehicleId) -> Option<VehicleTruth> {
        self.airframes.get(vehicle).map(|airframe| airframe.autopilot.truth())
    }

    /// Breaks or mends a vehicle.
    pub(super) fn set_fault(&mut self, vehicle: &VehicleId, fault: Fault, broken: bool) {
        let Some(airframe) = self.airframes.get_mut(vehicle) else { return };
        if broken {
            airframe.autopilot.inject(fault);
        } else {
            airframe.autopilot.clear(fault);
        }
    }
}

/// The largest piece of the byte stream put into one datagram; a MAVLink reader does not mind where it is cut.
const DATAGRAM_MAX: usize = 1400;

async fn listen(vehicle: VehicleId, socket: Arc<UdpSocket>, to: mpsc::Sender<(VehicleId, Vec<u8>)>) {
    let mut buffer = vec![0; 2048];
    while !to.is_closed() {
        match socket.recv_from(&mut buffer).await {
            Ok((length, _)) => drop(to.try_send((vehicle.clone(), buffer[..length].to_vec()))),
            // Refused by a companion computer that is not there: it will come.
            Err(error) if error.kind() == io::ErrorKind::ConnectionRefused => {}
            Err(error) => {
                tracing::warn!(%vehicle, %error, "the autopilot's socket failed");
                return;
            }
        }
    }
}
