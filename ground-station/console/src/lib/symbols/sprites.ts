/**
 * Symbols painted once and then copied: copying a small picture costs a fifth of stroking its outline again.
 *
 * Directions are kept to two degrees, which no eye tells apart at this size. Bounded at 1,500 pictures, 8 MB on a plain screen;
 * when full, all are let go and painted anew as they are needed.
 */
import type { Shape } from "./marks";
import { drawShape, type ShapeStyle } from "./shapes";

const SIZE_PX = 36;
const DIRECTION_STEP_DEG = 2;
const SPRITES_MAX = 1500;

const sprites = new Map<string, HTMLCanvasElement>();

/** Copies a symbol to the canvas with its middle at a place, on whole device pixels so that it stays sharp. */
export function paintSprite(
  ctx: CanvasRenderingContext2D,
  x: number,
  y: number,
  shape: Shape,
  directionDeg: number | null,
  style: ShapeStyle,
): void {
  const scale = devicePixelRatio;
  const left = Math.round((x - SIZE_PX / 2) * scale) / scale;
  const top = Math.round((y - SIZE_PX / 2) * scale) / scale;
  ctx.drawImage(sprite(shape, directionDeg, style, scale), left, top, SIZE_PX, SIZE_PX);
}

function sprite(shape: Shape, directionDeg: number | null, style: ShapeStyle, scale: number): HTMLCanvasElement {
  const direction = directionDeg === null ? null : Math.round(directionDeg / DIRECTION_STEP_DEG) * DIRECTION_STEP_DEG;
  const key = `${shape}/${direction}/${style.colour}/${style.claimOnly}/${style.solid}/${scale}`;
  const known = sprites.get(key);
  if (known) return known;
  if (sprites.size >= SPRITES_MAX) sprites.clear();
  const canvas = document.createElement("canvas");
  canvas.width = canvas.height = Math.ceil(SIZE_PX * scale);
  const ctx = canvas.getContext("2d");
  if (ctx) {
    ctx.scale(scale, scale);
    ctx.translate(SIZE_PX / 2, SIZE_PX / 2);
    ctx.lineJoin = ctx.lineCap = "round";
    drawShape(ctx, shape, direction, style);
  }
  sprites.set(key, canvas);
  return canvas;
}
