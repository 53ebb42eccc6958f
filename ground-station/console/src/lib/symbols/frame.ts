/** The graticule: a chart's frame with its scale of degrees and minutes, and full lines where there is no chart. */
import { CHART } from "../map/palette";
import { graticule, type GraticuleLine } from "../map/graticule";
import type { Viewport } from "../geo";
import { LABEL_FAMILY } from "./text";

const FRAME_PX = 5;
const CLOSEST_PX = 110;

export function paintGraticule(ctx: CanvasRenderingContext2D, view: Viewport, hasChart: boolean): void {
  const { meridians, parallels } = graticule(view, CLOSEST_PX);
  ctx.save();
  ctx.globalCompositeOperation = "destination-over";
  ctx.globalAlpha = hasChart ? 0.25 : 0.6;
  ctx.strokeStyle = CHART.graticule;
  ctx.lineWidth = 1;
  ctx.beginPath();
  for (const { at } of meridians) {
    ctx.moveTo(Math.round(at) + 0.5, 0);
    ctx.lineTo(Math.round(at) + 0.5, view.height);
  }
  for (const { at } of parallels) {
    ctx.moveTo(0, Math.round(at) + 0.5);
    ctx.lineTo(view.width, Math.round(at) + 0.5);
  }
  ctx.stroke();
  ctx.globalCompositeOperation = "source-over";
  ctx.globalAlpha = 1;
  paintScale(ctx, view, meridians, parallels);
  ctx.fillStyle = CHART.text;
  ctx.font = `11px ${LABEL_FAMILY}`;
  ctx.textBaseline = "top";
  ctx.textAlign = "left";
  for (const { at, label } of meridians) {
    if (at > 60 && at < view.width - 70) ctx.fillText(label, at + 4, FRAME_PX + 4);
  }
  ctx.textBaseline = "bottom";
  for (const { at, label } of parallels) {
    if (at > 60 && at < view.height - 60) ctx.fillText(label, FRAME_PX + 4, at - 2);
  }
  ctx.restore();
}

/** The light and dark scale along the upper and the left edge. */
function paintScale(ctx: CanvasRenderingContext2D, view: Viewport, meridians: GraticuleLine[], parallels: GraticuleLine[]): void {
  ctx.fillStyle = CHART.beyond;
  ctx.fillRect(0, 0, view.width, FRAME_PX);
  ctx.fillRect(0, 0, FRAME_PX, view.height);
  ctx.fillStyle = CHART.graticule;
  for (const [from, to] of lightSteps(meridians, view.width)) ctx.fillRect(from, 1, to - from, FRAME_PX - 2);
  // Parallels run from the bottom up; the step from one to the next lies above it on the screen.
  for (const [from, to] of lightSteps(parallels, 0)) ctx.fillRect(1, to, FRAME_PX - 2, from - to);
}

function lightSteps(lines: GraticuleLine[], end: number): [from: number, to: number][] {
  const first = lines[0];
  if (!first) return [];
  const steps = lines.flatMap((line, i): [number, number][] => (line.light ? [[line.at, lines[i + 1]?.at ?? end]] : []));
  const start = end === 0 ? first.at + 4000 : 0;
  return first.light ? steps : [[start, first.at], ...steps];
}
