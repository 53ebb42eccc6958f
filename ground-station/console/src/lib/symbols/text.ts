/** Text on the canvas: fonts of this computer, a dark edge for any ground, widths measured once. */
import { SYMBOL } from "../map/palette";

export const LABEL_FAMILY = 'Inter, "Segoe UI", Roboto, "Noto Sans", "Liberation Sans", sans-serif';
export const TITLE_FONT = `600 13px ${LABEL_FAMILY}`;
export const DETAIL_FONT = `12px ${LABEL_FAMILY}`;

const widths = new Map<string, number>();
const WIDTHS_MAX = 5000;

/** Text widths are kept: measuring costs more than drawing. Emptied when full. */
export function widthOf(ctx: CanvasRenderingContext2D, font: string, text: string): number {
  const key = `${font}|${text}`;
  const known = widths.get(key);
  if (known !== undefined) return known;
  if (widths.size >= WIDTHS_MAX) widths.clear();
  ctx.font = font;
  const width = ctx.measureText(text).width;
  widths.set(key, width);
  return width;
}

export function haloed(ctx: CanvasRenderingContext2D, text: string, x: number, y: number, colour: string): void {
  ctx.strokeStyle = SYMBOL.halo;
  ctx.lineWidth = 3;
  ctx.strokeText(text, x, y);
  ctx.fillStyle = colour;
  ctx.fillText(text, x, y);
}
