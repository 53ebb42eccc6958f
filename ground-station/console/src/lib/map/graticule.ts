/** Lines of latitude and longitude: the frame of the chart, and all there is where no chart is. */
import { toPosition, toScreen, type Viewport } from "../geo";

export interface GraticuleLine {
  /** Pixels from the left (meridians) or from the top (parallels). */
  at: number;
  label: string;
  /** Every other step of the scale along the edge is light: whether the one from here on is. */
  light: boolean;
}

export interface Graticule {
  meridians: GraticuleLine[];
  parallels: GraticuleLine[];
}

/** Allowed spacings, in thousandths of a minute: whole numbers, so that no line is lost to rounding. */
const SPACINGS = [
  10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10_000, 20_000, 30_000, 60_000, 120_000, 300_000, 600_000, 1_800_000,
];

/** Lines at least `closestPx` apart. */
export function graticule(view: Viewport, closestPx: number): Graticule {
  const [west, north] = toPosition(view, 0, 0);
  const [east, south] = toPosition(view, view.width, view.height);
  const lonSpacing = spacing(view.width, east - west, closestPx);
  const latSpacing = spacing(view.height, north - south, closestPx);
  return {
    meridians: multiples(west, east, lonSpacing).map((m) => ({
      at: toScreen(view, m / 60_000, 0)[0],
      light: isEven(m / lonSpacing),
      label: angleLabel(m, 3, "E", "W", lonSpacing),
    })),
    parallels: multiples(south, north, latSpacing).map((m) => ({
      at: toScreen(view, 0, m / 60_000)[1],
      light: isEven(m / latSpacing),
      label: angleLabel(m, 2, "N", "S", latSpacing),
    })),
  };
}

const isEven = (n: number): boolean => Math.abs(n % 2) < 0.5;

function spacing(px: number, spanDeg: number, closestPx: number): number {
  const wanted = (spanDeg * 60_000 * closestPx) / px;
  return SPACINGS.find((candidate) => candidate >= wanted) ?? 1_800_000;
}

function multiples(fromDeg: number, toDeg: number, step: number): number[] {
  const result: number[] = [];
  for (let m = Math.ceil((fromDeg * 60_000) / step) * step; m <= toDeg * 60_000; m += step) result.push(m);
  return result;
}

function angleLabel(thousandths: number, digits: number, positive: string, negative: string, step: number): string {
  const total = Math.abs(thousandths);
  const degrees = String(Math.floor(total / 60_000)).padStart(digits, "0");
  const side = thousandths < 0 ? negative : positive;
  if (step >= 60_000) return `${degrees}°${side}`;
  const decimals = step >= 1000 ? 0 : step >= 100 ? 1 : 2;
  const minutes = ((total % 60_000) / 1000).toFixed(decimals).padStart(decimals === 0 ? 2 : decimals + 3, "0");
  return `${degrees}°${minutes}′${side}`;
}
