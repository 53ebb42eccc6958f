/** The station's terms in the words of the room. */
import type { Claim } from "./state/claims";
import type {
  AlertRule,
  CueState,
  Mode,
  Order,
  Phase,
  Severity,
  TargetClass,
  TargetKind,
  TrackAlert,
  TrackStatus,
  VehicleKind,
} from "./state/messages";

export const KIND: Record<VehicleKind, string> = {
  multirotor: "Multirotor",
  fixed_wing: "Fixed wing",
  vtol: "VTOL",
  boat: "Boat",
  rov: "Underwater vehicle",
  unknown: "Vehicle",
};

export const MODE: Record<Mode, string> = {
  mission: "On its plan",
  guided: "Guided",
  hold: "Holding",
  return: "Returning home",
  land: "Landing",
  manual: "Steered by hand",
  unknown: "Mode unknown",
};

export const PHASE: Record<Phase, string> = {
  disarmed: "Disarmed",
  armed: "Armed",
  underway: "Under way",
  unknown: "Phase unknown",
};

export const TARGET: Record<TargetClass, string> = {
  drone: "Drone",
  bird: "Bird",
  aircraft: "Aircraft",
  vessel: "Vessel",
  vehicle: "Vehicle",
  person: "Person",
  clutter: "Clutter",
  unknown: "Unknown",
};

export const TARGET_KIND: Record<TargetKind, string> = {
  multirotor: "Multirotor",
  fixed_wing: "Fixed wing",
  cargo_vessel: "Cargo vessel",
  tanker: "Tanker",
  passenger_vessel: "Passenger vessel",
  fishing_vessel: "Fishing vessel",
  sailing_or_pleasure_craft: "Sailing, pleasure craft",
  speed_boat: "Speed boat",
  work_boat: "Work boat",
  unknown: "Other",
};

/** What does not fit together about a track, as a sentence of the room. */
export const TRACK_ALERT: Record<TrackAlert, string> = {
  ais_spoof: "Measured elsewhere than it says by AIS",
  rid_spoof: "Measured elsewhere than it says by Remote ID",
  adsb_spoof: "Measured elsewhere than it says by ADS-B",
  duplicate_identity: "Another target claims the same identity",
  ais_off: "No longer sends AIS",
  unknown: "What it says does not fit what is measured",
};

/** The system by which a target says something of itself. */
export const SYSTEM: Record<Claim["kind"], string> = {
  ais: "AIS",
  remote_id: "Remote ID",
  adsb: "ADS-B",
  unknown: "system unknown",
};

/** More than one of a class: "6 vessels", "2 aircraft". */
export const TARGETS: Record<TargetClass, string> = {
  drone: "drones",
  bird: "birds",
  aircraft: "aircraft",
  vessel: "vessels",
  vehicle: "vehicles",
  person: "persons",
  clutter: "clutter",
  unknown: "unknown",
};

export const STATUS: Record<TrackStatus, string> = {
  tentative: "Tentative",
  confirmed: "Confirmed",
  coasting: "Coasting",
};

export const RULE: Record<AlertRule, string> = {
  zone_entered: "Zone entered",
  border_crossed: "Border crossed",
  vessel_in_zone: "Vessel in zone",
  ais_lost: "AIS lost",
  vehicle: "Own vehicle",
  claim_contradicted: "Not where it says",
  duplicate_identity: "Identity claimed twice",
  off_declaration: "Not as declared",
  sensor_biased: "Sensor is off",
  unknown: "Alert",
};

export const SEVERITY: Record<Severity, string> = { critical: "Critical", warning: "Warning", notice: "Notice" };

export const CUE_STATE: Record<CueState, string> = {
  proposed: "Proposed",
  approved: "Approved",
  declined: "Declined",
  ended: "Ended",
};

export const ORDER: Record<Order, string> = {
  pause: "Pause",
  resume: "Resume",
  return_home: "Return home",
  land: "Land here",
};

const FAILSAFE: Record<string, string> = {
  link_lost: "Link lost",
  autopilot_lost: "Autopilot lost",
  gnss_lost: "No satellite fix",
  battery_reserve: "Battery at reserve",
  geofence: "Outside geofence",
  altitude_band: "Outside altitude band",
  engine: "Engine failure",
  traffic: "Giving way",
  unknown: "Unknown failsafe",
};

/** A failsafe of a newer station is shown under its own name rather than hidden. */
export function failsafe(name: string): string {
  return Object.hasOwn(FAILSAFE, name) ? (FAILSAFE[name] ?? name) : name.replaceAll("_", " ");
}

/** MAVLink GPS_FIX_TYPE. */
export function fix(type: number): string {
  return ["No receiver", "No fix", "2-D fix", "3-D fix", "Differential", "RTK float", "RTK fixed"][type] ?? "Fix";
}

/** AIS ship types by their first digit (ITU-R M.1371, table 53), and the common special ones. */
export function shipType(type: number | null): string | null {
  if (type === null || type <= 0) return null;
  const special: Record<number, string> = {
    30: "Fishing",
    31: "Towing",
    32: "Towing",
    33: "Dredging",
    35: "Military",
    36: "Sailing",
    37: "Pleasure craft",
    50: "Pilot",
    51: "Search and rescue",
    52: "Tug",
    53: "Port tender",
    55: "Law enforcement",
  };
  const group: Record<number, string> = { 2: "Wing in ground", 4: "High-speed craft", 6: "Passenger", 7: "Cargo", 8: "Tanker" };
  return special[type] ?? group[Math.floor(type / 10)] ?? "Other";
}
