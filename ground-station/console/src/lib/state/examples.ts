/** Records to build tests from: each valid, each with every field. */
import type { Evidence } from "./evidence";
import type { Alert, Cue, Track, Vehicle } from "./messages";

export function aVehicle(fields: Partial<Vehicle> = {}): Vehicle {
  return {
    id: "kiel-1",
    name: "kiel-1",
    kind: "multirotor",
    position: [10.16, 54.36],
    altitude_amsl_m: 64,
    height_m: 60,
    heading_deg: 90,
    course_deg: 90,
    speed_m_s: 10,
    climb_m_s: 0,
    mode: "mission",
    phase: "underway",
    battery: 0.8,
    gnss: { fix: 3, satellites: 14 },
    failsafes: [],
    progress: { plan: "patrol", leg: 0, legs: 4 },
    cue: null,
    measured_at: 1_000_000,
    connected: true,
    ...fields,
  };
}

export function aTrack(fields: Partial<Track> = {}): Track {
  return {
    id: 17,
    status: "confirmed",
    class: "drone",
    belief: { drone: 0.9, bird: 0.1 },
    kinds: { multirotor: 0.8, fixed_wing: 0.2 },
    alerts: [],
    position: [10.16, 54.36],
    altitude_amsl_m: 46,
    height_m: 42,
    speed_m_s: 12,
    course_deg: 0,
    climb_m_s: 0,
    sigma_m: 12,
    updated_at: 1_000_000,
    age_ms: 0,
    claim: null,
    measured_by: ["radar-1"],
    own: null,
    ...fields,
  };
}

export function anAlert(fields: Partial<Alert> = {}): Alert {
  return {
    id: "kiel.1",
    rule: "zone_entered",
    severity: "critical",
    raised_at: 1_000_000,
    track: 17,
    vehicle: null,
    sensor: null,
    position: [10.16, 54.36],
    zone: "naval-base",
    text: "Drone T17 entered Naval base",
    state: "raised",
    by: null,
    at: null,
    ...fields,
  };
}

export function aCue(fields: Partial<Cue> = {}): Cue {
  return {
    id: "kiel.c1",
    alert: "kiel.1",
    track: 17,
    vehicle: "kiel-1",
    proposed_at: 1_000_000,
    distance_m: 1200,
    eta_s: 80,
    stand_off_m: 100,
    state: "proposed",
    by: null,
    at: null,
    why: null,
    ...fields,
  };
}

export function someEvidence(fields: Partial<Evidence> = {}): Evidence {
  return {
    id: "kiel.1 mast-1",
    alert: "kiel.1",
    camera: "mast-1",
    at: 1_000_000,
    begins: 990_000,
    ends: 1_020_000,
    picture: [640, 512],
    clip: { sha256: "c".repeat(64), bytes: 7_000_000 },
    snapshot: {
      sha256: "d".repeat(64),
      bytes: 60_000,
      taken_at: 1_000_010,
      boxes: [{ bounds: [10, 20, 8, 6], class: "drone", confidence: 0.8, track: 3 }],
    },
    ...fields,
  };
}
