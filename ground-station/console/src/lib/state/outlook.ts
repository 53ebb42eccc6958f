/**
 * Outlooks on intruders, as the station tells them: where each will land or drop, who can be there in time and by which
 * way, what to fly if its track is lost, where it came from; and how good those forecasts were.
 *
 * Degrees, metres, seconds; probabilities 0 to 1; times are Unix milliseconds on the station's clock. Reading never throws.
 */
import { list, maybeNumber, maybeText, number, position, record, text, type Fields } from "./fields";
import type { Position } from "./messages";

/** Around a part of a region, then around each hole in it. */
export type RegionPart = Position[][];

/** Where something is with a half, and with 0.9 of the probability. */
export interface Regions {
  half: RegionPart[];
  most: RegionPart[];
}

export interface OutlookMaps {
  track: number;
  landing: Regions;
  launch: Regions;
  /** How probable it is that it lands beyond the map. */
  beyond: number;
}

export interface AreaAhead {
  name: string | null;
  at: Position;
  radius_m: number;
  probability: number;
}

export interface UnitAhead {
  name: string;
  /** From where it stands to where it waits. */
  way: Position[];
  to: string | null;
  takes_s: number;
  chance: number;
  /** Later than this it has half of that chance. */
  leave_by: number;
}

export interface FlierAhead {
  vehicle: string;
  to: Position;
  takes_s: number;
  chance: number;
}

export interface SearchIfLost {
  pattern: string;
  around: Position;
  side_m: number;
  spacing_m: number | null;
  success: number;
  ways: { vehicle: string; way: Position[] }[];
}

export interface LaunchedFrom {
  name: string;
  at: Position;
  probability: number;
}

/** Whether it drifts with the wind, or why that cannot be told: no wind was reported, or too long ago. */
export const DRIFTS = ["flies", "with_wind", "no_wind", "old_wind"] as const;
export type Drift = (typeof DRIFTS)[number];

/** The wind as it was reported. */
export interface WindAhead {
  from_deg: number;
  m_s: number;
  reported_at: number;
}

export interface Outlook {
  track: number;
  alert: string;
  /** When it was last seen, of a track that is lost. */
  lost_at: number | null;
  drift: Drift;
  wind: WindAhead | null;
  areas: AreaAhead[];
  /** The one that is proposed comes first. */
  units: UnitAhead[];
  units_known: boolean;
  fliers: FlierAhead[];
  if_lost: SearchIfLost | null;
  launches: LaunchedFrom[];
  changes: string[];
}

/** Of so many forecasts of about one probability, how many came true. */
export interface CalibrationBin {
  forecasts: number;
  promised: number;
  happened: number;
}

/** All outlooks there are. */
export interface Outlooks {
  readonly byTrack: ReadonlyMap<number, Outlook>;
  readonly maps: ReadonlyMap<number, OutlookMaps>;
  /** How many flights were followed to their end, and how good their forecasts were. */
  readonly flightsEnded: number;
  readonly calibration: readonly CalibrationBin[];
}

export const NO_OUTLOOKS: Outlooks = { byTrack: new Map(), maps: new Map(), flightsEnded: 0, calibration: [] };

/** What a message says of outlooks: those that changed, and which there are where that changed. */
export interface OutlookNews {
  outlooks: Outlook[];
  maps: OutlookMaps[];
  there: { tracks: number[]; flightsEnded: number; calibration: CalibrationBin[] } | null;
}

export const NO_OUTLOOK_NEWS: OutlookNews = { outlooks: [], maps: [], there: null };

/** The outlooks after a message; the same object where it said nothing. */
export function withNews(before: Outlooks, { outlooks, maps, there }: OutlookNews): Outlooks {
  if (outlooks.length === 0 && maps.length === 0 && there === null) return before;
  const byTrack = new Map(before.byTrack);
  const mapsByTrack = new Map(before.maps);
  for (const outlook of outlooks) byTrack.set(outlook.track, outlook);
  for (const one of maps) mapsByTrack.set(one.track, one);
  if (there) {
    for (const track of [...byTrack.keys()]) if (!there.tracks.includes(track)) byTrack.delete(track);
    for (const track of [...mapsByTrack.keys()]) if (!there.tracks.includes(track)) mapsByTrack.delete(track);
  }
  const { flightsEnded, calibration } = there ?? before;
  return { byTrack, maps: mapsByTrack, flightsEnded, calibration };
}

export function readOutlookNews(fields: Fields): OutlookNews {
  const there = record(fields["outlooks_there"]);
  const tracks = there && Array.isArray(there["tracks"]) ? there["tracks"] : [];
  return {
    outlooks: list(fields, "outlooks", readOutlook).read,
    maps: list(fields, "outlook_maps", readMaps).read,
    there: there && {
      tracks: tracks.filter((track) => typeof track === "number"),
      flightsEnded: maybeNumber(there, "flights_ended") ?? 0,
      calibration: list(there, "calibration", readBin).read,
    },
  };
}

function readOutlook(fields: Fields): Outlook | null {
  const track = number(fields, "track");
  const alert = text(fields, "alert");
  if (track === undefined || alert === undefined) return null;
  return {
    track,
    alert,
    lost_at: maybeNumber(fields, "lost_at"),
    drift: DRIFTS.find((drift) => drift === fields["drift"]) ?? "flies",
    wind: readWind(record(fields["wind"])),
    areas: list(fields, "areas", readArea).read,
    units: list(fields, "units", readUnit).read,
    units_known: fields["units_known"] === true,
    fliers: list(fields, "fliers", readFlier).read,
    if_lost: readSearch(record(fields["if_lost"])),
    launches: list(fields, "launches", readLaunch).read,
    changes: Array.isArray(fields["changes"]) ? fields["changes"].filter((one) => typeof one === "string").slice(0, 10) : [],
  };
}

function readWind(fields: Fields | null): WindAhead | null {
  const [from_deg, m_s, reported_at] = fields ? [number(fields, "from_deg"), number(fields, "m_s"), number(fields, "reported_at")] : [];
  return from_deg === undefined || m_s === undefined || reported_at === undefined ? null : { from_deg, m_s, reported_at };
}

function readArea(fields: Fields): AreaAhead | null {
  const at = position(fields["at"]);
  const probability = number(fields, "probability");
  if (!at || probability === undefined) return null;
  return { name: maybeText(fields, "name"), at, radius_m: maybeNumber(fields, "radius_m") ?? 0, probability };
}

function readUnit(fields: Fields): UnitAhead | null {
  const name = text(fields, "name");
  const leave_by = number(fields, "leave_by");
  if (name === undefined || leave_by === undefined) return null;
  const takes_s = maybeNumber(fields, "takes_s") ?? 0;
  return { name, way: places(fields["way"]), to: maybeText(fields, "to"), takes_s, chance: maybeNumber(fields, "chance") ?? 0, leave_by };
}

function readFlier(fields: Fields): FlierAhead | null {
  const vehicle = text(fields, "vehicle");
  const to = position(fields["to"]);
  if (vehicle === undefined || !to) return null;
  return { vehicle, to, takes_s: maybeNumber(fields, "takes_s") ?? 0, chance: maybeNumber(fields, "chance") ?? 0 };
}

function readSearch(fields: Fields | null): SearchIfLost | null {
  const around = fields && position(fields["around"]);
  if (!fields || !around) return null;
  return {
    around,
    pattern: maybeText(fields, "pattern") ?? "search",
    side_m: maybeNumber(fields, "side_m") ?? 0,
    spacing_m: maybeNumber(fields, "spacing_m"),
    success: maybeNumber(fields, "success") ?? 0,
    ways: list(fields, "ways", (way) => {
      const vehicle = text(way, "vehicle");
      return vehicle === undefined ? null : { vehicle, way: places(way["way"]) };
    }).read,
  };
}

function readLaunch(fields: Fields): LaunchedFrom | null {
  const name = text(fields, "name");
  const at = position(fields["at"]);
  const probability = number(fields, "probability");
  return name === undefined || !at || probability === undefined ? null : { name, at, probability };
}

function readBin(fields: Fields): CalibrationBin | null {
  const forecasts = number(fields, "forecasts");
  const promised = number(fields, "promised");
  const happened = number(fields, "happened");
  return forecasts === undefined || promised === undefined || happened === undefined ? null : { forecasts, promised, happened };
}

function readMaps(fields: Fields): OutlookMaps | null {
  const track = number(fields, "track");
  if (track === undefined) return null;
  const [landing, launch] = [readRegions(record(fields["landing"])), readRegions(record(fields["launch"]))];
  return { track, landing, launch, beyond: maybeNumber(fields, "beyond") ?? 0 };
}

function readRegions(fields: Fields | null): Regions {
  const parts = (value: unknown): RegionPart[] =>
    (Array.isArray(value) ? value.slice(0, 500) : [])
      .map((part) => (Array.isArray(part) ? part.map(places).filter((ring) => ring.length >= 3) : []))
      .filter((part) => part.length > 0);
  return { half: parts(fields?.["half"]), most: parts(fields?.["most"]) };
}

function places(value: unknown): Position[] {
  return Array.isArray(value) ? value.map(position).filter((place) => place !== null) : [];
}
