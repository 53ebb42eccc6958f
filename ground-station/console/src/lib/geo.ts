/**
 * Positions on the ground and on the screen.
 *
 * Web Mercator as MapLibre draws it (world of 1 × 1, y downwards), on a sphere of the WGS-84 equatorial radius: good
 * to a few tenths of a percent at the distances a person reads off a screen. Anything that decides is computed by the
 * station, exactly.
 */
import type { Position } from "./state/messages";

const EARTH_RADIUS_M = 6_371_008.8;
const MERCATOR_LATITUDE_MAX = 85.051129;

/** The length of one degree of latitude, metres. */
export const METRES_PER_DEGREE = (Math.PI / 180) * EARTH_RADIUS_M;

const radians = (degrees: number): number => (degrees * Math.PI) / 180;
const degrees = (rad: number): number => (rad * 180) / Math.PI;

export function mercatorX(lon: number): number {
  return (lon + 180) / 360;
}

export function mercatorY(lat: number): number {
  const clamped = Math.min(MERCATOR_LATITUDE_MAX, Math.max(-MERCATOR_LATITUDE_MAX, lat));
  return (1 - Math.log(Math.tan(Math.PI / 4 + radians(clamped) / 2)) / Math.PI) / 2;
}

/** A north-up view of the map. */
export interface Viewport {
  /** Mercator coordinates of the upper left corner. */
  left: number;
  top: number;
  /** Pixels per world width. */
  worldPx: number;
  width: number;
  height: number;
}

export function viewport(centre: Position, zoom: number, width: number, height: number): Viewport {
  const worldPx = 512 * 2 ** zoom;
  return {
    left: mercatorX(centre[0]) - width / 2 / worldPx,
    top: mercatorY(centre[1]) - height / 2 / worldPx,
    worldPx,
    width,
    height,
  };
}

export function toScreen(view: Viewport, lon: number, lat: number): [x: number, y: number] {
  return [(mercatorX(lon) - view.left) * view.worldPx, (mercatorY(lat) - view.top) * view.worldPx];
}

export function toPosition(view: Viewport, x: number, y: number): Position {
  const mx = view.left + x / view.worldPx;
  const my = view.top + y / view.worldPx;
  return [mx * 360 - 180, degrees(2 * Math.atan(Math.exp(Math.PI * (1 - 2 * my))) - Math.PI / 2)];
}

/** Pixels per metre on the ground at a latitude. */
export function pixelsPerMetre(view: Viewport, lat: number): number {
  return view.worldPx / (2 * Math.PI * 6_378_137 * Math.cos(radians(lat)));
}

/** Where something `metres` away on a bearing is. For the short distances of leaders and rings. */
export function offset(from: Position, bearingDeg: number, metres: number): Position {
  const north = Math.cos(radians(bearingDeg)) * metres;
  const east = Math.sin(radians(bearingDeg)) * metres;
  return [from[0] + east / (METRES_PER_DEGREE * Math.cos(radians(from[1]))), from[1] + north / METRES_PER_DEGREE];
}

/** Great-circle distance, metres. */
export function distance(a: Position, b: Position): number {
  const dLat = radians(b[1] - a[1]) / 2;
  const dLon = radians(b[0] - a[0]) / 2;
  const h = Math.sin(dLat) ** 2 + Math.cos(radians(a[1])) * Math.cos(radians(b[1])) * Math.sin(dLon) ** 2;
  return 2 * EARTH_RADIUS_M * Math.asin(Math.min(1, Math.sqrt(h)));
}

/** Initial bearing, degrees clockwise from true north, 0 to 360. */
export function bearing(a: Position, b: Position): number {
  const dLon = radians(b[0] - a[0]);
  const y = Math.sin(dLon) * Math.cos(radians(b[1]));
  const x =
    Math.cos(radians(a[1])) * Math.sin(radians(b[1])) -
    Math.sin(radians(a[1])) * Math.cos(radians(b[1])) * Math.cos(dLon);
  return (degrees(Math.atan2(y, x)) + 360) % 360;
}

/** A closed ring of positions around a place. */
export function circle(centre: Position, radiusM: number, points = 96): Position[] {
  return Array.from({ length: points + 1 }, (_, i) => offset(centre, (360 * i) / points, radiusM));
}

/** A closed sector from the first azimuth clockwise to the second, an arc's corner every three degrees or nearer. */
export function sector(centre: Position, radiusM: number, [from, to]: readonly [number, number]): Position[] {
  const wide = (((to - from) % 360) + 360) % 360 || 360;
  const parts = Math.max(1, Math.ceil(wide / 3));
  const arc = Array.from({ length: parts + 1 }, (_, i) => offset(centre, from + (wide * i) / parts, radiusM));
  return [centre, ...arc, centre];
}

/** Dead reckoning stops here: an old position carried on for longer would look like a measurement. */
export const RECKONING_MAX_MS = 2000;

/** Where something is now that was at `position` some time ago and moves on unchanged. */
export function deadReckoned(
  position: Position,
  speedMS: number | null,
  courseDeg: number | null,
  elapsedMs: number,
): Position {
  if (!speedMS || courseDeg === null) return position;
  const seconds = Math.min(RECKONING_MAX_MS, Math.max(0, elapsedMs)) / 1000;
  return seconds === 0 ? position : offset(position, courseDeg, speedMS * seconds);
}
