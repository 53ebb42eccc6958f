/** What the symbols are made from: the picture, and what the operator is looking at. */
import type { Position, Severity, Track, Vehicle } from "../state/messages";
import type { Picture } from "../state/picture";
import { repeatsClaims, type Sensor, type Zone } from "../state/site";
import type { Trails } from "../state/trails";

/** What can be chosen on the map and in the lists. */
export type Subject = { is: "vehicle"; id: string } | { is: "track"; id: number };

export function sameSubject(a: Subject | null, b: Subject | null): boolean {
  return a?.is === b?.is && a?.id === b?.id;
}

export interface AlertPlace {
  position: Position;
  severity: Severity;
}

/** A place with words beside it. */
export interface PlaceName {
  position: Position;
  title: string;
  detail: string;
  colour: string;
}

export interface Scene {
  picture: Picture;
  sensors: readonly Sensor[];
  zones: readonly Zone[];
  trails: Trails;
  /** Tracks with an open alert, and the highest severity of it. */
  alerted: ReadonlyMap<number, Severity>;
  /** Those of them that nobody has acknowledged. */
  unseen: ReadonlySet<number>;
  /** Where open alerts were raised whose subject is no longer in the picture. */
  alertPlaces: readonly AlertPlace[];
  /** What is said of places ahead of and behind intruders. */
  placeNames: readonly PlaceName[];
  selected: Subject | null;
  hovered: Subject | null;
  /** The cue of the chosen alert, when it still waits for a person: drawn as a possibility. */
  proposedCue: string | null;
  /** The station's time, Unix milliseconds. */
  now: number;
  /** Whether there is no live line: nothing moves, everything is grey. */
  stale: boolean;
}

/** Whether any sensor has measured it, beyond what it says of itself. */
export function isMeasured(track: Track, sensors: readonly Sensor[]): boolean {
  return track.claim === null || sources(track, sensors).measuredBy.length > 0;
}

/** The sensors that measured it, and those that only heard what it says of itself. */
export function sources(track: Track, sensors: readonly Sensor[]): { measuredBy: string[]; heardBy: string[] } {
  const heard = (sensor: string): boolean => track.claim !== null && repeatsClaims(sensors, sensor);
  return { measuredBy: track.measured_by.filter((one) => !heard(one)), heardBy: track.measured_by.filter(heard) };
}

/** Milliseconds since the newest measurement, or report of its own, in it. */
export function trackAge(track: Track, now: number): number {
  return Math.max(0, now - track.updated_at);
}

export function vehicleAge(vehicle: Vehicle, now: number): number {
  return Math.max(0, now - vehicle.measured_at);
}

/** Whether a vehicle has ever reported: the station gives one that has not the year 1970. */
export function everHeard(vehicle: Vehicle): boolean {
  return vehicle.measured_at > 0;
}
