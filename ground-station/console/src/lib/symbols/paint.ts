/** Marks onto the canvas: trails, leaders and uncertainty first, then symbols, then their labels. */
import { pixelsPerMetre, toScreen, type Viewport } from "../geo";
import { SENSOR, SYMBOL } from "../map/palette";
import { sensorName } from "../map/zones";
import type { Cue } from "../state/messages";
import type { Sensor } from "../state/site";
import type { Crumb } from "../state/trails";
import { Batches } from "./batches";
import { placeLabels, type Box } from "./labels";
import type { Mark } from "./marks";
import type { PlaceName, Scene } from "./scene";
import { SHAPE_GAP } from "./shapes";
import { paintSprite } from "./sprites";
import { DETAIL_FONT, haloed, TITLE_FONT, widthOf } from "./text";
import { paintZoneNames } from "./zone-names";

const LINE_PX = 15;
/** A smaller circle would lie under its symbol. */
const UNCERTAINTY_SHOWN_PX = 9;
/** A shorter one would hide under its symbol. */
const SHORTEST_LEADER_PX = 12;
/** Targets of little interest leave few crumbs. */
const FAINT_CRUMBS_MAX = 12;
/** Arrows to what lies beyond the view keep this far from its edge, and from the map's footer. */
const POINTER_INSET_PX = 30;
const FOOTER_PX = 24;
/** More labels than this, beyond those that must show, would cover the picture they explain. */
const OPTIONAL_LABELS_MAX = 120;
const STALE_COLOUR = "#8b969d";

/** A label, and where it was painted. */
export interface PaintedLabel extends Box {
  title: string;
}

/** Paints all of them, and tells where their labels are. */
export function paintMarks(ctx: CanvasRenderingContext2D, scene: Scene, view: Viewport, marks: readonly Mark[], clockMs: number): PaintedLabel[] {
  ctx.lineJoin = "round";
  ctx.lineCap = "round";
  paintTrails(ctx, scene, view, marks);
  paintCues(ctx, scene, view, marks);
  paintAlertPlaces(ctx, scene, view);
  for (const mark of marks) paintUncertainty(ctx, mark, scene.stale);
  paintLeaders(ctx, marks, scene.stale);
  for (const mark of marks) paintSymbol(ctx, mark, scene.stale, clockMs);
  const taken = paintZoneNames(ctx, view, scene.zones, scene.stale ? STALE_COLOUR : null);
  const labels = paintLabels(ctx, scene, view, marks, taken);
  paintPointers(ctx, view, marks, scene.stale);
  ctx.globalAlpha = 1;
  return labels;
}

const ink = (mark: Mark, stale: boolean): string => (stale ? STALE_COLOUR : mark.colour);

function paintTrails(ctx: CanvasRenderingContext2D, scene: Scene, view: Viewport, marks: readonly Mark[]): void {
  const dotted = new Batches();
  for (const mark of marks) {
    if (!mark.trail) continue;
    const crumbs = scene.trails.of(mark.key);
    if (crumbs.length === 0) continue;
    if (mark.subject.is === "vehicle") trailLine(ctx, view, crumbs, mark, ink(mark, scene.stale));
    else trailDots(dotted, view, crumbs, mark, ink(mark, scene.stale));
  }
  dotted.paint((colour, opacity, path) => {
    ctx.fillStyle = colour;
    ctx.globalAlpha = opacity;
    ctx.fill(path);
  });
}

/** Own vehicles leave a line that fades out, in three steps. */
function trailLine(ctx: CanvasRenderingContext2D, view: Viewport, crumbs: readonly Crumb[], mark: Mark, colour: string): void {
  ctx.strokeStyle = colour;
  ctx.lineWidth = mark.selected ? 2 : 1.5;
  const steps = [0.18, 0.32, 0.5];
  const part = Math.ceil(crumbs.length / steps.length);
  steps.forEach((opacity, step) => {
    ctx.globalAlpha = opacity * (mark.selected ? 1.4 : 1);
    ctx.beginPath();
    const from = Math.max(0, step * part - 1);
    const to = Math.min(crumbs.length, (step + 1) * part);
    for (let i = from; i < to; i++) {
      const crumb = crumbs[i]!;
      const [x, y] = crumbOnScreen(view, crumb);
      if (i === from || !crumb.joined) ctx.moveTo(x, y);
      else ctx.lineTo(x, y);
    }
    if (step === steps.length - 1) ctx.lineTo(mark.x, mark.y);
    ctx.stroke();
  });
}

/** Targets leave breadcrumbs: one dot for an estimate, nothing in between where nothing is known. */
function trailDots(batches: Batches, view: Viewport, crumbs: readonly Crumb[], mark: Mark, colour: string): void {
  const strong = mark.selected || mark.hovered || mark.alert !== null || mark.shape === "drone";
  const shown = strong ? crumbs : crumbs.slice(-FAINT_CRUMBS_MAX);
  const size = strong ? 2.4 : 1.6;
  const path = batches.path(colour, strong ? 0.65 : 0.35);
  for (const crumb of shown) {
    const [x, y] = crumbOnScreen(view, crumb);
    path.rect(x - size / 2, y - size / 2, size, size);
  }
}

function crumbOnScreen(view: Viewport, crumb: Crumb): [number, number] {
  return [(crumb.mercator[0] - view.left) * view.worldPx, (crumb.mercator[1] - view.top) * view.worldPx];
}

/** A line from the vehicle to what it is sent to look at, and the distance it keeps. */
function paintCues(ctx: CanvasRenderingContext2D, scene: Scene, view: Viewport, marks: readonly Mark[]): void {
  for (const cue of scene.picture.cues.values()) {
    const flown = cue.state === "approved";
    if (!flown && !(cue.state === "proposed" && cue.id === scene.proposedCue)) continue;
    paintCue(ctx, scene, view, marks, cue, flown);
  }
}

function paintCue(ctx: CanvasRenderingContext2D, scene: Scene, view: Viewport, marks: readonly Mark[], cue: Cue, flown: boolean): void {
  const from = placeOf(view, marks, `v:${cue.vehicle}`, scene.picture.vehicles.get(cue.vehicle)?.position);
  const to = placeOf(view, marks, `t:${cue.track}`, scene.picture.tracks.get(cue.track)?.position);
  if (!from || !to) return;
  const keptPx = cue.stand_off_m * pixelsPerMetre(view, scene.picture.tracks.get(cue.track)?.position[1] ?? 0);
  ctx.strokeStyle = scene.stale ? STALE_COLOUR : SYMBOL.own;
  ctx.globalAlpha = flown ? 0.9 : 0.55;
  ctx.lineWidth = flown ? 1.8 : 1.4;
  ctx.setLineDash(flown ? [10, 5] : [2, 6]);
  const gap = Math.hypot(to[0] - from[0], to[1] - from[1]);
  if (gap > keptPx) {
    const share = keptPx / gap;
    ctx.beginPath();
    ctx.moveTo(from[0], from[1]);
    ctx.lineTo(to[0] - (to[0] - from[0]) * share, to[1] - (to[1] - from[1]) * share);
    ctx.stroke();
  }
  ctx.setLineDash([4, 4]);
  ctx.lineWidth = 1.2;
  ctx.beginPath();
  ctx.arc(to[0], to[1], keptPx, 0, 2 * Math.PI);
  ctx.stroke();
  ctx.setLineDash([]);
}

/** What raised the alert is no longer seen: a broken ring and a mark where it was. */
function paintAlertPlaces(ctx: CanvasRenderingContext2D, scene: Scene, view: Viewport): void {
  for (const { position, severity } of scene.alertPlaces) {
    const [x, y] = toScreen(view, position[0], position[1]);
    const colour = scene.stale ? STALE_COLOUR : SYMBOL[severity];
    ctx.globalAlpha = 1;
    ctx.strokeStyle = colour;
    ctx.lineWidth = 2;
    ctx.setLineDash([5, 4]);
    ctx.beginPath();
    ctx.arc(x, y, 15, 0, 2 * Math.PI);
    ctx.stroke();
    ctx.setLineDash([]);
    ctx.textAlign = "center";
    ctx.textBaseline = "middle";
    ctx.font = TITLE_FONT;
    haloed(ctx, "!", x, y, colour);
  }
}

function placeOf(
  view: Viewport,
  marks: readonly Mark[],
  key: string,
  position: readonly [number, number] | null | undefined,
): [number, number] | null {
  const mark = marks.find((candidate) => candidate.key === key);
  if (mark) return [mark.x, mark.y];
  return position ? toScreen(view, position[0], position[1]) : null;
}

function paintUncertainty(ctx: CanvasRenderingContext2D, mark: Mark, stale: boolean): void {
  if (mark.uncertaintyPx === null || mark.uncertaintyPx <= UNCERTAINTY_SHOWN_PX) return;
  ctx.strokeStyle = ink(mark, stale);
  ctx.globalAlpha = mark.opacity * 0.55;
  ctx.lineWidth = 1;
  ctx.setLineDash([1.5, 3]);
  ctx.beginPath();
  ctx.arc(mark.x, mark.y, mark.uncertaintyPx, 0, 2 * Math.PI);
  ctx.stroke();
  ctx.setLineDash([]);
}

/** Whole lines for what was measured, broken ones for what is only said. */
function paintLeaders(ctx: CanvasRenderingContext2D, marks: readonly Mark[], stale: boolean): void {
  const [whole, broken] = [new Batches(), new Batches()];
  for (const mark of marks) {
    if (!mark.leader || Math.hypot(mark.leader[0], mark.leader[1]) <= SHORTEST_LEADER_PX) continue;
    const path = (mark.claimOnly ? broken : whole).path(ink(mark, stale), mark.opacity * 0.9);
    path.moveTo(mark.x, mark.y);
    path.lineTo(mark.x + mark.leader[0], mark.y + mark.leader[1]);
  }
  const stroke = (colour: string, opacity: number, path: Path2D): void => {
    ctx.strokeStyle = colour;
    ctx.globalAlpha = opacity;
    ctx.stroke(path);
  };
  ctx.lineWidth = 1.5;
  whole.paint(stroke);
  ctx.setLineDash([4, 3]);
  broken.paint(stroke);
  ctx.setLineDash([]);
}

function paintSymbol(ctx: CanvasRenderingContext2D, mark: Mark, stale: boolean, clockMs: number): void {
  if (mark.alert || mark.selected || mark.hovered) paintEmphasis(ctx, mark, stale, clockMs);
  ctx.globalAlpha = mark.opacity;
  const style = { colour: ink(mark, stale), claimOnly: mark.claimOnly, solid: mark.alert === "critical" };
  paintSprite(ctx, mark.x, mark.y, mark.shape, mark.directionDeg, style);
}

function paintEmphasis(ctx: CanvasRenderingContext2D, mark: Mark, stale: boolean, clockMs: number): void {
  ctx.save();
  ctx.translate(mark.x, mark.y);
  if (mark.alert) paintAlertRing(ctx, mark, stale, clockMs);
  if (mark.selected) paintBrackets(ctx, stale);
  if (mark.hovered && !mark.selected) {
    ctx.globalAlpha = 0.7;
    ctx.strokeStyle = SYMBOL.selected;
    ctx.lineWidth = 1;
    ctx.beginPath();
    ctx.arc(0, 0, 17, 0, 2 * Math.PI);
    ctx.stroke();
  }
  ctx.restore();
}

/** Steady once somebody has seen to it; until then a second ring runs outwards every 1.6 s. */
function paintAlertRing(ctx: CanvasRenderingContext2D, mark: Mark, stale: boolean, clockMs: number): void {
  ctx.strokeStyle = stale ? STALE_COLOUR : SYMBOL[mark.alert ?? "notice"];
  ctx.globalAlpha = 1;
  ctx.lineWidth = 2;
  ctx.beginPath();
  ctx.arc(0, 0, 19, 0, 2 * Math.PI);
  ctx.stroke();
  if (!mark.unseen || stale) return;
  const share = (clockMs % 1600) / 1600;
  ctx.globalAlpha = 0.9 * (1 - share);
  ctx.lineWidth = 2.5;
  ctx.beginPath();
  ctx.arc(0, 0, 19 + 22 * share, 0, 2 * Math.PI);
  ctx.stroke();
}

function paintBrackets(ctx: CanvasRenderingContext2D, stale: boolean): void {
  ctx.globalAlpha = 1;
  ctx.strokeStyle = stale ? STALE_COLOUR : SYMBOL.selected;
  ctx.lineWidth = 2;
  ctx.beginPath();
  for (const [sx, sy] of [[-1, -1], [1, -1], [1, 1], [-1, 1]] as const) {
    ctx.moveTo(sx * 22, sy * 14);
    ctx.lineTo(sx * 22, sy * 22);
    ctx.lineTo(sx * 14, sy * 22);
  }
  ctx.stroke();
}

interface Label {
  x: number;
  y: number;
  gap: number;
  title: string;
  detail: string;
  colour: string;
  opacity: number;
  mustShow: boolean;
}

function markLabel(mark: Mark): Label {
  return {
    x: mark.x,
    y: mark.y,
    gap: mark.alert || mark.selected ? 26 : SHAPE_GAP[mark.shape],
    title: mark.label?.title ?? "",
    detail: mark.label?.detail ?? "",
    colour: titleColour(mark),
    opacity: Math.max(0.7, mark.opacity),
    mustShow: mark.alert !== null || mark.selected || mark.hovered || mark.subject.is === "vehicle",
  };
}

function sensorLabel(sensor: Sensor, view: Viewport): Label {
  const [x, y] = toScreen(view, sensor.position[0], sensor.position[1]);
  return { x, y, gap: 12, title: sensor.id, detail: sensorName(sensor.kind), colour: SENSOR, opacity: 0.85, mustShow: false };
}

function placeLabel({ position, title, detail, colour }: PlaceName, view: Viewport): Label {
  const [x, y] = toScreen(view, position[0], position[1]);
  return { x, y, gap: 9, title, detail, colour, opacity: 1, mustShow: true };
}

/** Labels of marks, then of places of outlooks, then of sensors where room is left. `taken` is room that no label may use. */
function paintLabels(ctx: CanvasRenderingContext2D, scene: Scene, view: Viewport, marks: readonly Mark[], taken: readonly Box[]): PaintedLabel[] {
  const seen = marks.filter((mark) => onScreen(mark, view));
  const symbols = seen.filter((mark) => mark.rank >= 100).map((mark) => ({ left: mark.x - 9, top: mark.y - 9, width: 18, height: 18 }));
  const labels = withoutExcess(seen.filter((mark) => mark.label).reverse().map(markLabel));
  labels.push(...scene.placeNames.map((name) => placeLabel(name, view)).filter((label) => onScreen(label, view)));
  for (const sensor of scene.sensors) {
    const label = sensorLabel(sensor, view);
    if (onScreen(label, view)) labels.push(label);
  }
  const boxes = placeLabels(
    labels.map(({ title, detail, ...place }) => ({
      ...place,
      width: Math.max(widthOf(ctx, TITLE_FONT, title), detail ? widthOf(ctx, DETAIL_FONT, detail) : 0),
      height: detail ? 2 * LINE_PX : LINE_PX,
    })),
    [...taken, ...symbols],
  );
  ctx.textBaseline = "middle";
  labels.forEach((label, i) => {
    const box = boxes[i];
    if (box) paintLabel(ctx, label, box, scene.stale);
  });
  return labels.flatMap(({ title }, i) => (boxes[i] ? [{ title, ...boxes[i] }] : []));
}

/** Keeps the most important of those that need not show. */
function withoutExcess(labels: readonly Label[]): Label[] {
  let optional = 0;
  return labels.filter((label) => label.mustShow || optional++ < OPTIONAL_LABELS_MAX);
}

function paintLabel(ctx: CanvasRenderingContext2D, label: Label, box: Box, stale: boolean): void {
  ctx.globalAlpha = label.opacity;
  const leftOfSymbol = box.left + box.width < label.x;
  const x = leftOfSymbol ? box.left + box.width : box.left;
  ctx.textAlign = leftOfSymbol ? "right" : "left";
  ctx.font = TITLE_FONT;
  haloed(ctx, label.title, x, box.top + LINE_PX / 2, stale ? STALE_COLOUR : label.colour);
  if (!label.detail) return;
  ctx.font = DETAIL_FONT;
  haloed(ctx, label.detail, x, box.top + LINE_PX * 1.5, stale ? STALE_COLOUR : SYMBOL.textDim);
}

function titleColour(mark: Mark): string {
  if (mark.selected) return SYMBOL.selected;
  if (mark.alert === "critical") return "#ff8a86";
  return mark.colour;
}

function onScreen(mark: { x: number; y: number }, view: Viewport): boolean {
  return mark.x >= 0 && mark.y >= 0 && mark.x <= view.width && mark.y <= view.height;
}

/** An arrow at the edge of the map towards what must not be overlooked beyond it. */
function paintPointers(ctx: CanvasRenderingContext2D, view: Viewport, marks: readonly Mark[], stale: boolean): void {
  for (const mark of marks) {
    if (onScreen(mark, view) || !(mark.alert || mark.selected)) continue;
    const [cx, cy] = [view.width / 2, view.height / 2];
    const [dx, dy] = [mark.x - cx, mark.y - cy];
    const roomY = dy > 0 ? cy - POINTER_INSET_PX - FOOTER_PX : cy - POINTER_INSET_PX;
    const share = Math.min((cx - POINTER_INSET_PX) / Math.abs(dx || 1), roomY / Math.abs(dy || 1));
    ctx.save();
    ctx.translate(cx + dx * share, cy + dy * share);
    ctx.globalAlpha = 1;
    ctx.fillStyle = stale ? STALE_COLOUR : mark.alert ? SYMBOL[mark.alert] : SYMBOL.selected;
    ctx.strokeStyle = SYMBOL.halo;
    ctx.lineWidth = 3;
    ctx.rotate(Math.atan2(dx, -dy));
    ctx.beginPath();
    ctx.moveTo(0, -14);
    ctx.lineTo(10, 8);
    ctx.lineTo(0, 3);
    ctx.lineTo(-10, 8);
    ctx.closePath();
    ctx.stroke();
    ctx.fill();
    ctx.restore();
  }
}
