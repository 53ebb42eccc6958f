/**
 * A read-only view for whoever drives the page from outside: the browser test, the measurement.
 * It shows nothing that is not on the screen, and nothing can be done through it.
 */
import type { Console } from "./console.svelte";

export interface ExposedState {
  session: string;
  link: string;
  now: number | null;
  vehicles: { id: string; position: readonly [number, number] | null; mode: string; phase: string; cue: string | null }[];
  tracks: { id: number; class: string; status: string; position: readonly [number, number] }[];
  alerts: { id: string; severity: string; state: string; track: number | null }[];
  cues: { id: string; alert: string; track: number; vehicle: string; state: string }[];
  unreadable: number;
  /** Frames of live video: when each was taken and when it was shown, Unix milliseconds. */
  video: { captured_at: number; shown_at: number }[];
  /** Where the last painting put its symbols, in pixels of the canvas. */
  symbols: { key: string; x: number; y: number }[];
  /** And its labels. */
  labels: { title: string; left: number; top: number; width: number; height: number }[];
  /** What the last messages and paintings took, milliseconds. */
  applied_ms: number[];
  painted_ms: number[];
}

interface Painted {
  readonly symbols: readonly { key: string; x: number; y: number }[];
  readonly labels: readonly { title: string; left: number; top: number; width: number; height: number }[];
  readonly paintings: readonly number[];
}

let painted: Painted | null = null;

export function exposePainting(layer: Painted | null): void {
  painted = layer;
}

export function exposeState(room: Console): void {
  const state = (): ExposedState => ({
    session: room.session,
    link: room.link,
    now: room.now,
    vehicles: room.vehicles.map(({ id, position, mode, phase, cue }) => ({ id, position, mode, phase, cue })),
    tracks: [...room.picture.tracks.values()].map(({ id, class: kind, status, position }) => ({ id, class: kind, status, position })),
    alerts: [...room.picture.alerts.values()].map(({ id, severity, state, track }) => ({ id, severity, state, track })),
    cues: [...room.picture.cues.values()].map(({ id, alert, track, vehicle, state }) => ({ id, alert, track, vehicle, state })),
    unreadable: room.unreadable + room.cameras.unreadable,
    video: [...room.cameras.shown],
    symbols: (painted?.symbols ?? []).map(({ key, x, y }) => ({ key, x, y })),
    labels: (painted?.labels ?? []).map(({ title, left, top, width, height }) => ({ title, left, top, width, height })),
    applied_ms: [...room.applied],
    painted_ms: [...(painted?.paintings ?? [])],
  });
  Object.defineProperty(window, "picketState", { value: () => structuredClone(state()), writable: false });
}
