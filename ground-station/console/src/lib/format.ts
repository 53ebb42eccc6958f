/** Numbers as a person reads them. Times are UTC; an absent value is an en dash, never a zero. */
import type { Position } from "./state/messages";

export const ABSENT = "–";
const KNOTS_PER_M_S = 3600 / 1852;

const two = (n: number): string => String(n).padStart(2, "0");

/** "03:12:44Z" */
export function utcTime(ms: number): string {
  const t = new Date(ms);
  if (Number.isNaN(t.getTime())) return ABSENT;
  return `${two(t.getUTCHours())}:${two(t.getUTCMinutes())}:${two(t.getUTCSeconds())}Z`;
}

/** "2026-11-20" */
export function utcDate(ms: number): string {
  const t = new Date(ms);
  return Number.isNaN(t.getTime()) ? ABSENT : t.toISOString().slice(0, 10);
}

/** "12 s", "3 min", "2 h 05 min": how long ago, or for how long. */
export function duration(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1000));
  if (seconds < 100) return `${seconds} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes} min`;
  return `${Math.floor(minutes / 60)} h ${two(minutes % 60)} min`;
}

/** "70 s", "2 min 10 s": how long it will take. */
export function eta(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds));
  if (whole < 100) return `${whole} s`;
  return `${Math.floor(whole / 60)} min ${two(whole % 60)} s`;
}

/** "340 m", "1.2 km", "18 km" */
export function length(metres: number): string {
  if (metres < 1000) return `${Math.round(metres)} m`;
  const km = metres / 1000;
  return km < 10 ? `${km.toFixed(1)} km` : `${Math.round(km)} km`;
}

/** "60 m" */
export function metres(value: number | null): string {
  return value === null ? ABSENT : `${Math.round(value)} m`;
}

/** "60 m"; of what dives "12 m deep". */
export function heightOrDepth(kind: string, value: number | null): string {
  return kind === "rov" && value !== null ? `${metres(Math.abs(Math.min(0, value)))} deep` : metres(value);
}

/** "12.5 m/s" */
export function metresPerSecond(value: number | null): string {
  return value === null ? ABSENT : `${value.toFixed(1)} m/s`;
}

/** "+1.4 m/s" */
export function climb(value: number | null): string {
  if (value === null) return ABSENT;
  const rounded = Math.abs(value) < 0.05 ? 0 : value;
  return `${rounded > 0 ? "+" : rounded < 0 ? "−" : "±"}${Math.abs(rounded).toFixed(1)} m/s`;
}

/** "12.3 kn" */
export function knots(valueMS: number | null): string {
  return valueMS === null ? ABSENT : `${(valueMS * KNOTS_PER_M_S).toFixed(1)} kn`;
}

/** "072°": always three digits, so that it cannot be taken for anything else. */
export function direction(degrees: number | null): string {
  if (degrees === null) return ABSENT;
  const whole = ((Math.round(degrees) % 360) + 360) % 360;
  return `${String(whole).padStart(3, "0")}°`;
}

/** "82 %" */
export function percent(fraction: number | null): string {
  return fraction === null ? ABSENT : `${Math.round(fraction * 100)} %`;
}

/** "54°22.350′N" */
function angle(value: number, digits: number, positive: string, negative: string): string {
  const total = Math.round(Math.abs(value) * 60_000);
  const degrees = String(Math.floor(total / 60_000)).padStart(digits, "0");
  const minutes = ((total % 60_000) / 1000).toFixed(3).padStart(6, "0");
  return `${degrees}°${minutes}′${value < 0 ? negative : positive}`;
}

/** "54°22.350′N 010°09.120′E": degrees and minutes, as on a chart. */
export function place(position: Position | null): string {
  return position ? `${angle(position[1], 2, "N", "S")} ${angle(position[0], 3, "E", "W")}` : ABSENT;
}
