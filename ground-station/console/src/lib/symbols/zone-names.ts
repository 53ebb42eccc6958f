/**
 * The zones' names, in the middle of what is seen of each. They stand on the symbols' canvas, so that the labels of
 * moving things can keep clear of them.
 */
import { toScreen, type Viewport } from "../geo";
import { ZONE_TEXT } from "../map/palette";
import type { Zone } from "../state/site";
import type { Box } from "./labels";
import { TITLE_FONT, haloed, widthOf } from "./text";

type Point = [x: number, y: number];

const LINE_PX = 16;
/** A zone that shows less than this, in pixels, is not named. */
const SMALLEST_PX = 40;

/** Writes the names, in one colour where one is given, and returns the room they take. */
export function paintZoneNames(ctx: CanvasRenderingContext2D, view: Viewport, zones: readonly Zone[], colour: string | null): Box[] {
  ctx.globalAlpha = 1;
  ctx.textAlign = "center";
  ctx.textBaseline = "middle";
  const boxes: Box[] = [];
  for (const zone of zones) {
    if (zone.kind === "border") continue;
    const seen = clip(zone.ring.map(([lon, lat]) => toScreen(view, lon, lat)), view.width, view.height);
    if (!seen.some(([x]) => Math.abs(x - (seen[0]?.[0] ?? x)) > SMALLEST_PX)) continue;
    const [x, y] = middle(seen);
    const width = widthOf(ctx, TITLE_FONT, zone.name);
    ctx.font = TITLE_FONT;
    haloed(ctx, zone.name, x, y, colour ?? ZONE_TEXT[zone.kind]);
    boxes.push({ left: x - width / 2, top: y - LINE_PX / 2, width, height: LINE_PX });
  }
  return boxes;
}

/** The part of a polygon inside the screen (Sutherland and Hodgman, 1974). */
export function clip(polygon: readonly Point[], width: number, height: number): Point[] {
  const edges: ((p: Point) => number)[] = [([x]) => x, ([x]) => width - x, ([, y]) => y, ([, y]) => height - y];
  return edges.reduce<Point[]>((ring, inside) => {
    const result: Point[] = [];
    ring.forEach((point, i) => {
      const before = ring[(i + ring.length - 1) % ring.length] ?? point;
      const [a, b] = [inside(before), inside(point)];
      if (a >= 0 !== b >= 0) {
        const share = a / (a - b);
        result.push([before[0] + (point[0] - before[0]) * share, before[1] + (point[1] - before[1]) * share]);
      }
      if (b >= 0) result.push(point);
    });
    return result;
  }, [...polygon]);
}

/** The middle of a polygon by area; of its corners where it has none. */
export function middle(polygon: readonly Point[]): Point {
  let [area, sx, sy] = [0, 0, 0];
  polygon.forEach(([x, y], i) => {
    const [nx, ny] = polygon[(i + 1) % polygon.length] ?? [x, y];
    const cross = x * ny - nx * y;
    area += cross;
    sx += (x + nx) * cross;
    sy += (y + ny) * cross;
  });
  if (Math.abs(area) > 1e-6) return [sx / (3 * area), sy / (3 * area)];
  const count = Math.max(1, polygon.length);
  return [polygon.reduce((sum, [x]) => sum + x, 0) / count, polygon.reduce((sum, [, y]) => sum + y, 0) / count];
}
