/**
 * What travels between the station and this page, and how it is read.
 *
 * Reading never throws. A record without an identity or with an impossible place is left out and counted; a word
 * this page does not know (a newer station's mode, rule or class) becomes "unknown"; unknown fields are ignored.
 * Degrees, metres, metres per second; times are Unix milliseconds on the station's clock.
 */
import { readClaim, type Claim } from "./claims";
import { readEvidence, type Evidence } from "./evidence";
import { list, maybeNumber, maybeText, number, oneOf, position, record, text, type Fields } from "./fields";
import { readOutlookNews, type OutlookNews } from "./outlook";
import { readPlanning, type Planning } from "./planning";
import { readSchedule, type Schedule } from "./schedule";

export type Position = readonly [lon: number, lat: number];

export const VEHICLE_KINDS = ["multirotor", "fixed_wing", "vtol", "boat", "rov", "unknown"] as const;
export const MODES = ["mission", "guided", "hold", "return", "land", "manual", "unknown"] as const;
export const PHASES = ["disarmed", "armed", "underway", "unknown"] as const;
export const TRACK_STATUSES = ["tentative", "confirmed", "coasting"] as const;
export const TARGET_CLASSES = [
  "drone",
  "bird",
  "aircraft",
  "vessel",
  "vehicle",
  "person",
  "clutter",
  "unknown",
] as const;
export const TARGET_KINDS = [
  "multirotor",
  "fixed_wing",
  "cargo_vessel",
  "tanker",
  "passenger_vessel",
  "fishing_vessel",
  "sailing_or_pleasure_craft",
  "speed_boat",
  "work_boat",
  "unknown",
] as const;
export const TRACK_ALERTS = ["ais_spoof", "rid_spoof", "adsb_spoof", "duplicate_identity", "ais_off", "unknown"] as const;
export const ALERT_RULES = [
  "zone_entered",
  "border_crossed",
  "vessel_in_zone",
  "ais_lost",
  "vehicle",
  "claim_contradicted",
  "duplicate_identity",
  "off_declaration",
  "sensor_biased",
  "unknown",
] as const;
export const SEVERITIES = ["notice", "warning", "critical"] as const;
export const ALERT_STATES = ["raised", "acknowledged", "closed"] as const;
export const CUE_STATES = ["proposed", "approved", "declined", "ended"] as const;
export const ORDERS = ["pause", "resume", "return_home", "land"] as const;

export type VehicleKind = (typeof VEHICLE_KINDS)[number];
export type Mode = (typeof MODES)[number];
export type Phase = (typeof PHASES)[number];
export type TrackStatus = (typeof TRACK_STATUSES)[number];
export type TargetClass = (typeof TARGET_CLASSES)[number];
export type TargetKind = (typeof TARGET_KINDS)[number];
export type TrackAlert = (typeof TRACK_ALERTS)[number];
export type AlertRule = (typeof ALERT_RULES)[number];
export type Severity = (typeof SEVERITIES)[number];
export type AlertState = (typeof ALERT_STATES)[number];
export type CueState = (typeof CUE_STATES)[number];
export type Order = (typeof ORDERS)[number];

/** Whether a height says something of it. */
export function flies(target: TargetClass): boolean {
  return target !== "vessel" && target !== "vehicle" && target !== "person";
}

export interface Operator {
  id: string;
  name: string;
}

/** One of our own vehicles, by its own navigation. */
export interface Vehicle {
  id: string;
  name: string;
  kind: VehicleKind;
  position: Position | null;
  altitude_amsl_m: number | null;
  /** Above where it took off. */
  height_m: number | null;
  /** Where the nose points. */
  heading_deg: number | null;
  /** Where it moves over the ground; the heading where the station does not say. */
  course_deg: number | null;
  speed_m_s: number | null;
  climb_m_s: number | null;
  mode: Mode;
  phase: Phase;
  /** 0 to 1. */
  battery: number | null;
  gnss: { fix: number; satellites: number } | null;
  failsafes: string[];
  /** `leg` counts from 0. */
  progress: { plan: string; leg: number; legs: number } | null;
  cue: string | null;
  measured_at: number;
  connected: boolean;
}

/** What the tracker believes to be out there. */
export interface Track {
  id: number;
  status: TrackStatus;
  class: TargetClass;
  belief: Partial<Record<TargetClass, number>>;
  /** Within the likeliest class. */
  kinds: Partial<Record<TargetKind, number>>;
  /** What does not fit together in what it says and what is measured. */
  alerts: TrackAlert[];
  position: Position;
  altitude_amsl_m: number | null;
  /** Above the site's ground. */
  height_m: number | null;
  speed_m_s: number | null;
  course_deg: number | null;
  climb_m_s: number | null;
  sigma_m: number | null;
  /** The time of the newest measurement in it; the estimate was `age_ms` old when it was made. */
  updated_at: number;
  age_ms: number;
  claim: Claim | null;
  measured_by: string[];
  /** The vehicle of ours that this track is, if it is one. */
  own: string | null;
}

export interface Alert {
  id: string;
  rule: AlertRule;
  severity: Severity;
  raised_at: number;
  track: number | null;
  vehicle: string | null;
  sensor: string | null;
  position: Position | null;
  zone: string | null;
  text: string;
  state: AlertState;
  by: string | null;
  at: number | null;
}

/** A proposal to send a vehicle to look. It moves nothing until a person approves it. */
export interface Cue {
  id: string;
  alert: string;
  track: number;
  vehicle: string;
  proposed_at: number;
  distance_m: number;
  eta_s: number;
  stand_off_m: number;
  state: CueState;
  by: string | null;
  at: number | null;
  why: string | null;
}

export interface Snapshot {
  type: "snapshot";
  now: number;
  simulated: boolean;
  operator: Operator | null;
  vehicles: Vehicle[];
  tracks: Track[];
  alerts: Alert[];
  cues: Cue[];
  evidence: Evidence[];
  planning: Planning | null;
  outlook: OutlookNews;
  /** Null: no night is scheduled; undefined: nothing about it changed. */
  schedule?: Schedule | null | undefined;
  /** Records that could not be read. */
  unreadable: number;
}

export interface Update {
  type: "update";
  now: number;
  vehicles: Vehicle[];
  tracks: Track[];
  tracks_removed: number[];
  alerts: Alert[];
  cues: Cue[];
  evidence: Evidence[];
  /** Null where nothing about it changed. */
  planning: Planning | null;
  outlook: OutlookNews;
  /** Null: no night is scheduled; undefined: nothing about it changed. */
  schedule?: Schedule | null | undefined;
  unreadable: number;
}

/** The station's answer to a request: `done` or `refused`. */
export interface Answer {
  type: "answer";
  done: boolean;
  request: number | null;
  reason: string | null;
}

export type ServerMessage = Snapshot | Update | Answer;

export type Request =
  | { type: "acknowledge" | "close"; alert: string }
  | { type: "approve" | "decline"; cue: string }
  | { type: "order"; vehicle: string; order: Order }
  | PlanningRequest;

interface Span {
  ring: readonly Position[];
  from: number;
  to: number;
}

export type PlanningRequest =
  | ({ type: "close_area"; name: string; floor_amsl_m: number | null; ceiling_amsl_m: number | null } & Span)
  | { type: "open_area"; area: string }
  | { type: "report_weather"; wind_from_deg: number; wind_m_s: number; gust_m_s: number; visibility_m: number | null }
  | ({
      type: "file_flight";
      operator: string;
      uas_id: string;
      purpose: string;
      floor_amsl_m: number;
      ceiling_amsl_m: number;
    } & Span)
  | { type: "withdraw_flight"; flight: string }
  | { type: "save_proposal"; proposal: number; vehicle: string }
  | { type: "accept_schedule"; schedule: number }
  | { type: "end_schedule" }
  | { type: "discard_plan"; plan: string }
  | { type: "send_plan"; plan: string; start: number | null }
  | { type: "override_plan"; vehicle: string; plan: string; reason: string };

/** Reads one message; null when it is not one this page knows. */
export function readMessage(json: string): ServerMessage | null {
  let parsed: unknown;
  try {
    parsed = JSON.parse(json);
  } catch {
    return null;
  }
  const fields = record(parsed);
  if (!fields) return null;
  switch (fields["type"]) {
    case "snapshot":
    case "update":
      return readPicture(fields, fields["type"]);
    case "done":
    case "refused":
      return {
        type: "answer",
        done: fields["type"] === "done",
        request: maybeNumber(fields, "request"),
        reason: maybeText(fields, "reason"),
      };
    default:
      return null;
  }
}

function readPicture(fields: Fields, type: "snapshot" | "update"): Snapshot | Update | null {
  const now = number(fields, "now");
  if (now === undefined) return null;
  const vehicles = list(fields, "vehicles", readVehicle);
  const tracks = list(fields, "tracks", readTrack);
  const alerts = list(fields, "alerts", readAlert);
  const cues = list(fields, "cues", readCue);
  const evidence = list(fields, "evidence", readEvidence);
  const lists = [vehicles, tracks, alerts, cues, evidence];
  const unreadable = lists.reduce((sum, { unreadable }) => sum + unreadable, 0);
  const planning = readPlanning(fields["planning"]);
  const seen = {
    now,
    vehicles: vehicles.read,
    tracks: tracks.read,
    alerts: alerts.read,
    cues: cues.read,
    evidence: evidence.read,
    planning,
    outlook: readOutlookNews(fields),
  };
  const schedule = readSchedule(fields["schedule"]);
  if (type === "snapshot") {
    const simulated = fields["simulated"] === true;
    return { type, ...seen, schedule, simulated, operator: readOperator(fields["operator"]), unreadable };
  }
  const removed = Array.isArray(fields["tracks_removed"]) ? fields["tracks_removed"] : [];
  return { type, ...seen, schedule, tracks_removed: removed.filter((id) => typeof id === "number"), unreadable };
}

export function readOperator(value: unknown): Operator | null {
  const fields = record(value);
  const id = fields && text(fields, "id");
  return fields && id ? { id, name: maybeText(fields, "name") ?? id } : null;
}

function readVehicle(fields: Fields): Vehicle | null {
  const id = text(fields, "id");
  const measured_at = number(fields, "measured_at");
  if (id === undefined || measured_at === undefined) return null;
  const gnss = record(fields["gnss"]);
  const progress = record(fields["progress"]);
  const failsafes = Array.isArray(fields["failsafes"]) ? fields["failsafes"] : [];
  const battery = maybeNumber(fields, "battery");
  return {
    id,
    name: maybeText(fields, "name") ?? id,
    kind: oneOf(VEHICLE_KINDS, fields["kind"], "unknown"),
    position: position(fields["position"]),
    altitude_amsl_m: maybeNumber(fields, "altitude_amsl_m"),
    height_m: maybeNumber(fields, "height_m"),
    heading_deg: maybeNumber(fields, "heading_deg"),
    course_deg: maybeNumber(fields, "course_deg") ?? maybeNumber(fields, "heading_deg"),
    speed_m_s: maybeNumber(fields, "speed_m_s"),
    climb_m_s: maybeNumber(fields, "climb_m_s"),
    mode: oneOf(MODES, fields["mode"], "unknown"),
    phase: oneOf(PHASES, fields["phase"], "unknown"),
    battery: battery === null ? null : Math.min(1, Math.max(0, battery)),
    gnss: gnss && { fix: maybeNumber(gnss, "fix") ?? 0, satellites: maybeNumber(gnss, "satellites") ?? 0 },
    failsafes: failsafes.filter((name) => typeof name === "string").slice(0, 16),
    progress: progress && {
      plan: maybeText(progress, "plan") ?? "",
      leg: maybeNumber(progress, "leg") ?? 0,
      legs: maybeNumber(progress, "legs") ?? 0,
    },
    cue: maybeText(fields, "cue"),
    measured_at,
    connected: fields["connected"] === true,
  };
}

function readTrack(fields: Fields): Track | null {
  const id = number(fields, "id");
  const at = position(fields["position"]);
  const updated_at = number(fields, "updated_at");
  if (id === undefined || !at || updated_at === undefined) return null;
  const measuredBy = Array.isArray(fields["measured_by"]) ? fields["measured_by"] : [];
  const alerts = Array.isArray(fields["alerts"]) ? fields["alerts"] : [];
  return {
    id,
    status: oneOf(TRACK_STATUSES, fields["status"], "tentative"),
    class: oneOf(TARGET_CLASSES, fields["class"], "unknown"),
    belief: readBelief(TARGET_CLASSES, fields["belief"]),
    kinds: readBelief(TARGET_KINDS, fields["kinds"]),
    // An alert of a later station becomes "unknown" rather than nothing: hiding it would be the worse mistake.
    alerts: [...new Set(alerts.map((alert) => oneOf(TRACK_ALERTS, alert, "unknown")))],
    position: at,
    altitude_amsl_m: maybeNumber(fields, "altitude_amsl_m"),
    height_m: maybeNumber(fields, "height_m"),
    speed_m_s: maybeNumber(fields, "speed_m_s"),
    course_deg: maybeNumber(fields, "course_deg"),
    climb_m_s: maybeNumber(fields, "climb_m_s"),
    sigma_m: maybeNumber(fields, "sigma_m"),
    updated_at,
    age_ms: Math.max(0, maybeNumber(fields, "age_ms") ?? 0),
    claim: readClaim(fields["claim"]),
    measured_by: measuredBy.filter((name) => typeof name === "string").slice(0, 32),
    own: maybeText(fields, "own"),
  };
}

function readBelief<T extends string>(names: readonly T[], value: unknown): Partial<Record<T, number>> {
  const fields = record(value);
  const belief: Partial<Record<T, number>> = {};
  if (!fields) return belief;
  for (const name of names) {
    const probability = maybeNumber(fields, name);
    if (probability !== null && probability >= 0 && probability <= 1) belief[name] = probability;
  }
  return belief;
}

function readAlert(fields: Fields): Alert | null {
  const id = text(fields, "id");
  const raised_at = number(fields, "raised_at");
  if (id === undefined || raised_at === undefined) return null;
  return {
    id,
    rule: oneOf(ALERT_RULES, fields["rule"], "unknown"),
    // A severity this page does not know is shown as the highest: hiding it would be the worse mistake.
    severity: oneOf(SEVERITIES, fields["severity"], "critical"),
    raised_at,
    track: maybeNumber(fields, "track"),
    vehicle: maybeText(fields, "vehicle"),
    sensor: maybeText(fields, "sensor"),
    position: position(fields["position"]),
    zone: maybeText(fields, "zone"),
    text: maybeText(fields, "text") ?? "",
    state: oneOf(ALERT_STATES, fields["state"], "raised"),
    by: maybeText(fields, "by"),
    at: maybeNumber(fields, "at"),
  };
}

function readCue(fields: Fields): Cue | null {
  const id = text(fields, "id");
  const alert = text(fields, "alert");
  const track = number(fields, "track");
  const vehicle = text(fields, "vehicle");
  if (id === undefined || alert === undefined || track === undefined || vehicle === undefined) return null;
  return {
    id,
    alert,
    track,
    vehicle,
    proposed_at: maybeNumber(fields, "proposed_at") ?? 0,
    distance_m: maybeNumber(fields, "distance_m") ?? 0,
    eta_s: maybeNumber(fields, "eta_s") ?? 0,
    stand_off_m: maybeNumber(fields, "stand_off_m") ?? 0,
    // An unknown state offers no button: only "proposed" can be approved.
    state: oneOf(CUE_STATES, fields["state"], "ended"),
    by: maybeText(fields, "by"),
    at: maybeNumber(fields, "at"),
    why: maybeText(fields, "why"),
  };
}
