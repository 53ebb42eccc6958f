/** The chart's own icons and hatching, drawn here so that no sprite has to be fetched. */
import type { Map as ChartMap } from "maplibre-gl";
import { CHART, SENSOR, ZONE } from "./palette";

type Drawing = (ctx: CanvasRenderingContext2D) => void;

/** Drawn at twice the size for sharp edges on every screen. */
const PIXEL_RATIO = 2;

const ICON_SIZE = 18;

const ICONS: Record<string, Drawing> = {
  "mark-lateral": (ctx) => buoy(ctx, CHART.seamark, () => ctx.fillRect(-2.2, -7.5, 4.4, 4)),
  "mark-cardinal": (ctx) => buoy(ctx, "#a89a5c", () => twoCones(ctx)),
  "mark-special": (ctx) => buoy(ctx, "#8f8546", () => cross(ctx, 0, -5.6, 2)),
  "mark-hazard": (ctx) => {
    ctx.strokeStyle = CHART.hazard;
    line(ctx, -4, 0, 4, 0);
    line(ctx, 0, -4, 0, 4);
  },
  "mark-light": (ctx) => {
    ctx.fillStyle = "#b58ac9";
    ctx.beginPath();
    ctx.moveTo(0, 0);
    ctx.quadraticCurveTo(5, 2, 8, 8);
    ctx.quadraticCurveTo(2, 5, 0, 0);
    ctx.fill();
    disc(ctx, 0, 0, 1.6, CHART.seamark);
  },
  "mark-mooring": (ctx) => disc(ctx, 0, 0, 1.5, CHART.pierEdge),
  "mark-pilot": (ctx) => {
    ctx.strokeStyle = "#a58ab5";
    ctx.beginPath();
    ctx.arc(0, 0, 5, 0, 2 * Math.PI);
    ctx.stroke();
    line(ctx, 0, -8, 0, 8);
  },
  "mark-point": (ctx) => disc(ctx, 0, 0, 1.6, CHART.seamark),
  "sensor-radar": (ctx) => {
    ctx.strokeStyle = SENSOR;
    ctx.beginPath();
    ctx.arc(0, -1, 6, 0.15 * Math.PI, 0.85 * Math.PI);
    ctx.closePath();
    ctx.stroke();
    line(ctx, 0, -1, 4.5, -6);
    line(ctx, 0, 5, 0, 8);
  },
  "sensor-camera": (ctx) => {
    ctx.strokeStyle = SENSOR;
    ctx.strokeRect(-6, -3.5, 8, 7);
    ctx.beginPath();
    ctx.moveTo(2, -1);
    ctx.lineTo(7, -4);
    ctx.lineTo(7, 4);
    ctx.lineTo(2, 1);
    ctx.stroke();
  },
  "sensor-direction": (ctx) => {
    ctx.strokeStyle = SENSOR;
    line(ctx, 0, 7, 0, -2);
    for (const radius of [3, 6]) {
      ctx.beginPath();
      ctx.arc(0, -2, radius, 1.15 * Math.PI, 1.85 * Math.PI);
      ctx.stroke();
    }
  },
  "sensor-receiver": (ctx) => {
    ctx.strokeStyle = SENSOR;
    line(ctx, 0, 7, 0, -3);
    line(ctx, 0, 0, -4.5, -6);
    line(ctx, 0, 0, 4.5, -6);
  },
};

/** Gives the map every image its style names. */
export function addIcons(map: ChartMap): void {
  for (const [name, draw] of Object.entries(ICONS)) map.addImage(name, icon(draw), { pixelRatio: PIXEL_RATIO });
  map.addImage("hatch-restricted", hatch(ZONE.restricted), { pixelRatio: PIXEL_RATIO });
}

function icon(draw: Drawing): ImageData {
  const ctx = blank(ICON_SIZE);
  ctx.translate(ICON_SIZE / 2, ICON_SIZE / 2);
  ctx.lineWidth = 1.3;
  ctx.lineCap = "round";
  ctx.lineJoin = "round";
  draw(ctx);
  return pixels(ctx);
}

/** Lines at 45°, seamless: what leaves on one side enters on the other. */
function hatch(colour: string): ImageData {
  const size = 12;
  const ctx = blank(size);
  ctx.strokeStyle = colour;
  ctx.globalAlpha = 0.3;
  ctx.lineWidth = 1;
  for (const shift of [-size, 0, size]) line(ctx, shift - 1, size + 1, shift + size + 1, -1);
  return pixels(ctx);
}

function blank(size: number): CanvasRenderingContext2D {
  const canvas = document.createElement("canvas");
  canvas.width = canvas.height = size * PIXEL_RATIO;
  const ctx = canvas.getContext("2d");
  if (!ctx) throw new Error("this browser has no 2D canvas");
  ctx.scale(PIXEL_RATIO, PIXEL_RATIO);
  return ctx;
}

function pixels(ctx: CanvasRenderingContext2D): ImageData {
  return ctx.getImageData(0, 0, ctx.canvas.width, ctx.canvas.height);
}

function buoy(ctx: CanvasRenderingContext2D, colour: string, topmark: () => void): void {
  ctx.strokeStyle = colour;
  ctx.fillStyle = colour;
  line(ctx, 0, 4, 0, -3);
  line(ctx, -3.5, 4, 3.5, 4);
  ctx.beginPath();
  ctx.arc(0, 4, 1.6, 0, 2 * Math.PI);
  ctx.fill();
  topmark();
}

function twoCones(ctx: CanvasRenderingContext2D): void {
  for (const y of [-3.5, -7]) {
    ctx.beginPath();
    ctx.moveTo(0, y - 1.6);
    ctx.lineTo(2.2, y + 1.4);
    ctx.lineTo(-2.2, y + 1.4);
    ctx.fill();
  }
}

function cross(ctx: CanvasRenderingContext2D, x: number, y: number, half: number): void {
  line(ctx, x - half, y - half, x + half, y + half);
  line(ctx, x - half, y + half, x + half, y - half);
}

function line(ctx: CanvasRenderingContext2D, x1: number, y1: number, x2: number, y2: number): void {
  ctx.beginPath();
  ctx.moveTo(x1, y1);
  ctx.lineTo(x2, y2);
  ctx.stroke();
}

function disc(ctx: CanvasRenderingContext2D, x: number, y: number, radius: number, colour: string): void {
  ctx.fillStyle = colour;
  ctx.beginPath();
  ctx.arc(x, y, radius, 0, 2 * Math.PI);
  ctx.fill();
}
