/** The place being watched: zones, sensors and the map, fetched once after signing in. */
import { list, maybeNumber, maybeText, position, record, text, type Fields } from "./fields";
import { oneOf } from "./fields";
import type { Position } from "./messages";

export const ZONE_KINDS = ["restricted", "flight_controlled", "border", "unknown"] as const;
export type ZoneKind = (typeof ZONE_KINDS)[number];

export interface Zone {
  id: string;
  name: string;
  kind: ZoneKind;
  ring: Position[];
  /** Of a border: the line itself. The ring is the land behind it. */
  line: Position[] | null;
}

export interface Sensor {
  id: string;
  kind: string;
  position: Position;
  range_m: number | null;
  /** From the first azimuth clockwise to the second, degrees; null: all round. */
  sector_deg: [number, number] | null;
}

/** The camera of a vehicle, as plans reckon with it. */
export interface VehicleCamera {
  size_px: [number, number];
  /** How shallow and how steep it can look, degrees below the horizon. */
  down_deg: [number, number];
}

export interface Site {
  id: string;
  name: string;
  datum: Position;
  /** West, south, east, north. */
  bounds: [number, number, number, number];
  /** Address of the PMTiles file; null when the site has no map. */
  map: string | null;
  attribution: string | null;
  zones: Zone[];
  sensors: Sensor[];
  /** The cameras that plans reckon with, by vehicle. */
  pictures: ReadonlyMap<string, VehicleCamera>;
  /** Operators' names by their id. */
  operators: Map<string, string>;
  /** Who may override the pre-flight check. */
  supervisors: ReadonlySet<string>;
  /** The ground, or the water, taken as flat. */
  ground_amsl_m: number;
  /** The layers of height, metres above ground; null where the room has none. */
  layers: { slow_below_m: number; slow_m_s: number; fast_below_m: number; buffer_below_m: number } | null;
}

/** Reads the answer of `/api/site`; null when there is no place in it. */
export function readSite(value: unknown): Site | null {
  const fields = record(value);
  if (!fields) return null;
  const datum = position(fields["datum"]);
  if (!datum) return null;
  const operators = list(fields, "operators", readOperator).read;
  const map = maybeText(fields, "map");
  return {
    id: maybeText(fields, "id") ?? "",
    name: maybeText(fields, "name") ?? maybeText(fields, "id") ?? "Site",
    datum,
    bounds: readBounds(fields["bounds"]) ?? [datum[0] - 0.05, datum[1] - 0.03, datum[0] + 0.05, datum[1] + 0.03],
    // Only a path of the station itself: the page asks no other host, whatever it is told.
    map: map !== null && /^\/map\/[A-Za-z0-9._-]+$/.test(map) ? map : null,
    attribution: maybeText(fields, "attribution"),
    zones: list(fields, "zones", readZone).read,
    sensors: list(fields, "sensors", readSensor).read,
    pictures: new Map(list(fields, "pictures", readPicture).read),
    operators: new Map(operators.map(({ id, name }) => [id, name])),
    supervisors: new Set(operators.flatMap(({ id, supervisor }) => (supervisor ? [id] : []))),
    ground_amsl_m: maybeNumber(fields, "ground_amsl_m") ?? 0,
    layers: readLayers(record(fields["layers"])),
  };
}

/** Whether a sensor only repeats what targets say of themselves. An unknown sensor is judged by its name. */
export function repeatsClaims(sensors: readonly Sensor[], id: string): boolean {
  const kind = sensors.find((sensor) => sensor.id === id)?.kind ?? id;
  return /(^|[^a-z])(ais|adsb|remote[_-]id|rid)([^a-z]|$)/.test(kind);
}

function readBounds(value: unknown): [number, number, number, number] | null {
  if (!Array.isArray(value) || value.length !== 4) return null;
  const southWest = position([value[0], value[1]]);
  const northEast = position([value[2], value[3]]);
  if (!southWest || !northEast || southWest[0] >= northEast[0] || southWest[1] >= northEast[1]) return null;
  return [...southWest, ...northEast];
}

function readNamed(fields: Fields): { id: string; name: string } | null {
  const id = text(fields, "id");
  return id === undefined ? null : { id, name: maybeText(fields, "name") ?? id };
}

function readOperator(fields: Fields): { id: string; name: string; supervisor: boolean } | null {
  const named = readNamed(fields);
  return named && { ...named, supervisor: fields["supervisor"] === true };
}

function readLayers(fields: Fields | null): Site["layers"] {
  const metres = (name: string): number | null => fields && maybeNumber(fields, name);
  const [slow_below_m, slow_m_s] = [metres("slow_below_m"), metres("slow_m_s")];
  const [fast_below_m, buffer_below_m] = [metres("fast_below_m"), metres("buffer_below_m")];
  if (slow_below_m === null || slow_m_s === null || fast_below_m === null || buffer_below_m === null) return null;
  return { slow_below_m, slow_m_s, fast_below_m, buffer_below_m };
}

function readZone(fields: Fields): Zone | null {
  const named = readNamed(fields);
  const ring = readPlaces(fields["ring"]);
  if (!named || !ring) return null;
  return { ...named, kind: oneOf(ZONE_KINDS, fields["kind"], "unknown"), ring, line: readPlaces(fields["line"]) };
}

/** Two places or more; null where one of them cannot be read: a line is left out whole, never bent. */
function readPlaces(value: unknown): Position[] | null {
  if (!Array.isArray(value)) return null;
  const places = value.map(position);
  return places.length >= 2 && places.every((place) => place !== null) ? places : null;
}

function readSensor(fields: Fields): Sensor | null {
  const id = text(fields, "id");
  const at = position(fields["position"]);
  if (id === undefined || !at) return null;
  return { id, kind: maybeText(fields, "kind") ?? "sensor", position: at, range_m: maybeNumber(fields, "range_m"), sector_deg: readPair(fields["sector_deg"]) };
}

function readPicture(fields: Fields): [string, VehicleCamera] | null {
  const vehicle = text(fields, "vehicle");
  const [size_px, down_deg] = [readPair(fields["size_px"]), readPair(fields["down_deg"])];
  return vehicle === undefined || !size_px || !down_deg ? null : [vehicle, { size_px, down_deg }];
}

function readPair(value: unknown): [number, number] | null {
  if (!Array.isArray(value) || value.length !== 2) return null;
  const [a, b] = value as unknown[];
  return typeof a === "number" && typeof b === "number" && Number.isFinite(a) && Number.isFinite(b) ? [a, b] : null;
}

export async function fetchSite(): Promise<Site | null> {
  try {
    const response = await fetch("/api/site", { cache: "no-store" });
    return response.ok ? readSite(await response.json()) : null;
  } catch {
    return null;
  }
}
