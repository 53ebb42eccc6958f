/**
 * The outlines of the symbols, about 24 pixels across, nose up. Each is drawn with a dark edge below it so that it
 * stands on any ground.
 */
import { SYMBOL } from "../map/palette";
import type { Shape } from "./marks";

type Outline = (ctx: CanvasRenderingContext2D) => void;

export interface ShapeStyle {
  colour: string;
  claimOnly: boolean;
  /** Filled rather than only tinted: drones in alarm. */
  solid: boolean;
}

/** The distance from the middle at which a label may begin. */
export const SHAPE_GAP: Record<Shape, number> = {
  multirotor: 17,
  fixed_wing: 17,
  vtol: 17,
  boat: 15,
  rov: 14,
  vehicle: 14,
  drone: 16,
  bird: 9,
  aircraft: 16,
  vessel: 14,
  vessel_measured_only: 12,
  ground_vehicle: 14,
  person: 11,
  unknown: 12,
  clutter: 8,
  tentative: 8,
  echo: 10,
};

const BROKEN = [3, 2.5];

/** Draws a symbol at the origin. */
export function drawShape(ctx: CanvasRenderingContext2D, shape: Shape, directionDeg: number | null, style: ShapeStyle): void {
  const turned = directionDeg !== null && TURNS[shape];
  if (turned) ctx.rotate((directionDeg * Math.PI) / 180);
  DRAW[shape](ctx, style);
  if (turned) ctx.rotate((-directionDeg * Math.PI) / 180);
}

/** Whether the symbol shows its direction by turning. */
const TURNS: Record<Shape, boolean> = {
  multirotor: true,
  fixed_wing: true,
  vtol: true,
  boat: true,
  rov: true,
  vehicle: true,
  drone: false,
  bird: false,
  aircraft: true,
  vessel: true,
  vessel_measured_only: false,
  ground_vehicle: false,
  person: false,
  unknown: false,
  clutter: false,
  tentative: false,
  echo: false,
};

const DRAW: Record<Shape, (ctx: CanvasRenderingContext2D, style: ShapeStyle) => void> = {
  multirotor: (ctx, style) => {
    edged(ctx, style, 2, (c) => {
      c.beginPath();
      c.moveTo(-6, -6);
      c.lineTo(6, 6);
      c.moveTo(6, -6);
      c.lineTo(-6, 6);
      for (const [x, y] of [[-7, -7], [7, -7], [-7, 7], [7, 7]] as const) {
        c.moveTo(x + 3.6, y);
        c.arc(x, y, 3.6, 0, 2 * Math.PI);
      }
    });
    solid(ctx, style.colour, nose);
  },
  fixed_wing: (ctx, style) => solid(ctx, style.colour, aeroplane),
  vtol: (ctx, style) => {
    solid(ctx, style.colour, aeroplane);
    edged(ctx, style, 1.6, liftRotors);
  },
  rov: (ctx, style) => {
    solid(ctx, style.colour, submarine);
    stroke(ctx, SYMBOL.halo, 1.5, (c) => {
      c.beginPath();
      c.arc(0, -4, 2.4, 0, 2 * Math.PI);
    });
  },
  boat: (ctx, style) => {
    solid(ctx, style.colour, hull);
    stroke(ctx, SYMBOL.halo, 1.5, (c) => {
      c.beginPath();
      c.moveTo(-3, 3);
      c.lineTo(3, 3);
    });
  },
  vehicle: (ctx, style) => solid(ctx, style.colour, nose),
  drone: (ctx, style) => {
    if (style.solid) {
      solid(ctx, style.colour, diamond(10.5));
      stroke(ctx, "#2a0508", 2, rotors(3.4));
    } else {
      tinted(ctx, style, diamond(10));
      stroke(ctx, style.colour, 1.6, rotors(3.2));
    }
  },
  bird: (ctx, style) =>
    stroke(ctx, style.colour, 1.4, (c) => {
      c.beginPath();
      c.moveTo(-5, -1);
      c.quadraticCurveTo(-2.5, -4, 0, 0.5);
      c.quadraticCurveTo(2.5, -4, 5, -1);
    }),
  aircraft: (ctx, style) => tinted(ctx, style, aeroplane),
  vessel: (ctx, style) => tinted(ctx, style, vesselTriangle),
  vessel_measured_only: (ctx, style) => tinted(ctx, style, circlePath(6.5)),
  ground_vehicle: (ctx, style) => tinted(ctx, style, car),
  person: (ctx, style) => tinted(ctx, style, person),
  unknown: (ctx, style) =>
    tinted(ctx, style, (c) => {
      c.beginPath();
      c.rect(-6, -6, 12, 12);
    }),
  clutter: (ctx, style) =>
    stroke(ctx, style.colour, 1.2, (c) => {
      c.beginPath();
      c.moveTo(-3, -3);
      c.lineTo(3, 3);
      c.moveTo(3, -3);
      c.lineTo(-3, 3);
    }),
  tentative: (ctx, style) => stroke(ctx, style.colour, 1.2, circlePath(3)),
  echo: (ctx, style) => {
    ctx.setLineDash([2, 3]);
    stroke(ctx, style.colour, 1, circlePath(13));
    ctx.setLineDash([]);
  },
};

function nose(ctx: CanvasRenderingContext2D): void {
  ctx.beginPath();
  ctx.moveTo(0, -11);
  ctx.lineTo(5, 3);
  ctx.lineTo(0, 0.5);
  ctx.lineTo(-5, 3);
  ctx.closePath();
}

function aeroplane(ctx: CanvasRenderingContext2D): void {
  ctx.beginPath();
  ctx.moveTo(0, -12);
  ctx.quadraticCurveTo(1.8, -10, 1.8, -5);
  ctx.lineTo(12, 1);
  ctx.lineTo(12, 3.5);
  ctx.lineTo(1.8, 1.5);
  ctx.lineTo(1.3, 7);
  ctx.lineTo(5, 9.5);
  ctx.lineTo(5, 11.5);
  ctx.lineTo(0, 10);
  ctx.lineTo(-5, 11.5);
  ctx.lineTo(-5, 9.5);
  ctx.lineTo(-1.3, 7);
  ctx.lineTo(-1.8, 1.5);
  ctx.lineTo(-12, 3.5);
  ctx.lineTo(-12, 1);
  ctx.lineTo(-1.8, -5);
  ctx.quadraticCurveTo(-1.8, -10, 0, -12);
  ctx.closePath();
}

/** The rotors of a VTOL, before and behind its wings. */
function liftRotors(ctx: CanvasRenderingContext2D): void {
  ctx.beginPath();
  for (const [x, y] of [[-7, -6], [7, -6], [-7, 7], [7, 7]] as const) {
    ctx.moveTo(x + 2.8, y);
    ctx.arc(x, y, 2.8, 0, 2 * Math.PI);
  }
}

/** A blunt body between two thrusters. */
function submarine(ctx: CanvasRenderingContext2D): void {
  ctx.beginPath();
  ctx.moveTo(-4, -10);
  ctx.lineTo(4, -10);
  ctx.lineTo(6, -6);
  ctx.lineTo(6, 8);
  ctx.lineTo(9, 8);
  ctx.lineTo(9, 11);
  ctx.lineTo(-9, 11);
  ctx.lineTo(-9, 8);
  ctx.lineTo(-6, 8);
  ctx.lineTo(-6, -6);
  ctx.closePath();
}

function hull(ctx: CanvasRenderingContext2D): void {
  ctx.beginPath();
  ctx.moveTo(0, -12);
  ctx.quadraticCurveTo(6, -5, 5.5, 4);
  ctx.lineTo(5, 10);
  ctx.lineTo(-5, 10);
  ctx.lineTo(-5.5, 4);
  ctx.quadraticCurveTo(-6, -5, 0, -12);
  ctx.closePath();
}

/** The AIS target of a ship's chart display (IEC 62288): an acute triangle, apex forward. */
function vesselTriangle(ctx: CanvasRenderingContext2D): void {
  ctx.beginPath();
  ctx.moveTo(0, -11);
  ctx.lineTo(6, 8);
  ctx.lineTo(-6, 8);
  ctx.closePath();
}

/** A car from the side: body and cabin. */
function car(ctx: CanvasRenderingContext2D): void {
  ctx.beginPath();
  ctx.moveTo(-9, 5);
  ctx.lineTo(-9, -0.5);
  ctx.lineTo(-5, -1.5);
  ctx.lineTo(-3, -6);
  ctx.lineTo(4, -6);
  ctx.lineTo(6, -1.5);
  ctx.lineTo(9, -0.5);
  ctx.lineTo(9, 5);
  ctx.closePath();
}

/** Head and shoulders. */
function person(ctx: CanvasRenderingContext2D): void {
  ctx.beginPath();
  ctx.arc(0, -5, 3.2, 0, 2 * Math.PI);
  ctx.moveTo(-5.5, 7);
  ctx.quadraticCurveTo(-5, -1, 0, -1);
  ctx.quadraticCurveTo(5, -1, 5.5, 7);
  ctx.closePath();
}

function diamond(half: number): Outline {
  return (ctx) => {
    ctx.beginPath();
    ctx.moveTo(0, -half);
    ctx.lineTo(half, 0);
    ctx.lineTo(0, half);
    ctx.lineTo(-half, 0);
    ctx.closePath();
  };
}

function rotors(half: number): Outline {
  return (ctx) => {
    ctx.beginPath();
    ctx.moveTo(-half, -half);
    ctx.lineTo(half, half);
    ctx.moveTo(half, -half);
    ctx.lineTo(-half, half);
  };
}

function circlePath(radius: number): Outline {
  return (ctx) => {
    ctx.beginPath();
    ctx.arc(0, 0, radius, 0, 2 * Math.PI);
  };
}

function stroke(ctx: CanvasRenderingContext2D, colour: string, width: number, outline: Outline): void {
  outline(ctx);
  ctx.strokeStyle = colour;
  ctx.lineWidth = width;
  ctx.stroke();
}

/** Stroked, with a dark edge. */
function edged(ctx: CanvasRenderingContext2D, style: ShapeStyle, width: number, outline: Outline): void {
  stroke(ctx, SYMBOL.halo, width + 3, outline);
  ctx.strokeStyle = style.colour;
  ctx.lineWidth = width;
  ctx.stroke();
}

function solid(ctx: CanvasRenderingContext2D, colour: string, outline: Outline): void {
  stroke(ctx, SYMBOL.halo, 3, outline);
  ctx.fillStyle = colour;
  ctx.fill();
}

/** A clear outline: broken and hollow for a claim, whole and tinted for a measurement. */
function tinted(ctx: CanvasRenderingContext2D, style: ShapeStyle, outline: Outline): void {
  stroke(ctx, SYMBOL.halo, 4, outline);
  if (!style.claimOnly) {
    const opacity = ctx.globalAlpha;
    ctx.fillStyle = style.colour;
    ctx.globalAlpha = opacity * 0.28;
    ctx.fill();
    ctx.globalAlpha = opacity;
  }
  if (style.claimOnly) ctx.setLineDash(BROKEN);
  ctx.strokeStyle = style.colour;
  ctx.lineWidth = 1.8;
  ctx.stroke();
  if (style.claimOnly) ctx.setLineDash([]);
}
