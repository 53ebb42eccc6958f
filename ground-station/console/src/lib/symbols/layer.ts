/**
 * The canvas of live symbols above the chart.
 *
 * A canvas of its own rather than symbols of the map: a thousand moving ones take a few milliseconds here, where the
 * map would build its tiles anew. Painted with every frame of the map, with every message, and at most 20 times a
 * second in between so that dead reckoning runs smoothly; not at all while the page is hidden.
 */
import type { Map as ChartMap } from "maplibre-gl";
import { toPosition, viewport, type Viewport } from "../geo";
import type { Position } from "../state/messages";
import { paintGraticule } from "./frame";
import { hit, marksOf, type Mark } from "./marks";
import { paintMarks, type PaintedLabel } from "./paint";
import type { Scene } from "./scene";

const REPAINT_MS = 50;

export class SymbolLayer {
  private marks: Mark[] = [];
  private painted: readonly PaintedLabel[] = [];
  private view: Viewport;
  private frame = 0;
  private paintedAt = 0;
  private refreshWanted = true;
  private width = 1;
  private height = 1;
  private readonly ctx: CanvasRenderingContext2D;
  private readonly resizing: ResizeObserver;
  private readonly stillness = matchMedia("(prefers-reduced-motion: reduce)");
  /** What the last paintings took, milliseconds. */
  readonly paintings: number[] = [];

  constructor(
    private readonly canvas: HTMLCanvasElement,
    private readonly map: ChartMap,
    private readonly scene: () => Scene,
    private readonly hasChart: boolean,
  ) {
    const ctx = canvas.getContext("2d");
    if (!ctx) throw new Error("this browser has no 2D canvas");
    this.ctx = ctx;
    this.view = this.currentView();
    this.resizing = new ResizeObserver(() => this.resize());
    this.resizing.observe(canvas);
    map.on("render", this.paint);
    this.resize();
    this.tick(performance.now());
  }

  /** Paints with the next frame of the screen. */
  refresh(): void {
    this.refreshWanted = true;
  }

  destroy(): void {
    cancelAnimationFrame(this.frame);
    this.resizing.disconnect();
    this.map.off("render", this.paint);
  }

  hit(x: number, y: number): Mark | null {
    return hit(this.marks, x, y);
  }

  /** What the last painting put where. */
  get symbols(): readonly Mark[] {
    return this.marks;
  }

  get labels(): readonly PaintedLabel[] {
    return this.painted;
  }

  positionAt(x: number, y: number): Position {
    return toPosition(this.view, x, y);
  }

  get currentViewport(): Viewport {
    return this.view;
  }

  private readonly tick = (now: number): void => {
    if (this.refreshWanted || now - this.paintedAt >= REPAINT_MS) this.paint();
    this.frame = requestAnimationFrame(this.tick);
  };

  private readonly paint = (): void => {
    const started = performance.now();
    this.paintedAt = started;
    this.refreshWanted = false;
    this.view = this.currentView();
    const { ctx, view } = this;
    ctx.setTransform(devicePixelRatio, 0, 0, devicePixelRatio, 0, 0);
    ctx.clearRect(0, 0, view.width, view.height);
    const scene = this.scene();
    this.marks = marksOf(scene, view);
    this.painted = paintMarks(ctx, scene, view, this.marks, this.stillness.matches ? 0 : started);
    paintGraticule(ctx, view, this.hasChart);
    this.paintings.push(performance.now() - started);
    if (this.paintings.length > 200) this.paintings.shift();
  };

  private currentView(): Viewport {
    const centre = this.map.getCenter();
    return viewport([centre.lng, centre.lat], this.map.getZoom(), this.width, this.height);
  }

  private resize(): void {
    this.width = Math.max(1, this.canvas.clientWidth);
    this.height = Math.max(1, this.canvas.clientHeight);
    this.canvas.width = Math.round(this.width * devicePixelRatio);
    this.canvas.height = Math.round(this.height * devicePixelRatio);
    this.paint();
  }
}
