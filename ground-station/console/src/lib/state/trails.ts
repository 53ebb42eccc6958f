/**
 * Where things have been: the breadcrumbs behind vehicles and tracks.
 *
 * Bounded by age and by number per trail, and by the number of things in the picture: a trail goes when its owner
 * does. A longer silence breaks the line, so that nothing is drawn where nobody looked.
 */
import type { Picture } from "./picture";
import { mercatorX, mercatorY } from "../geo";
import type { Position } from "./messages";

export interface Crumb {
  readonly at: number;
  /** Mercator coordinates, so that painting it costs a multiplication. */
  readonly mercator: readonly [x: number, y: number];
  /** Whether the line from the crumb before leads here. */
  readonly joined: boolean;
}

interface TrailRule {
  spacingMs: number;
  keptMs: number;
  /** A silence longer than this breaks the line. */
  gapMs: number;
}

const VEHICLE_TRAIL: TrailRule = { spacingMs: 1000, keptMs: 5 * 60_000, gapMs: 10_000 };
const TRACK_TRAIL: TrailRule = { spacingMs: 2000, keptMs: 3 * 60_000, gapMs: 30_000 };

export class Trails {
  private readonly byOwner = new Map<string, Crumb[]>();

  /** Adds what is new in the picture and forgets what is gone from it. */
  follow(picture: Picture): void {
    const seen = new Set<string>();
    for (const vehicle of picture.vehicles.values()) {
      const key = vehicleKey(vehicle.id);
      seen.add(key);
      if (vehicle.position) this.add(key, vehicle.measured_at, vehicle.position, VEHICLE_TRAIL);
    }
    for (const track of picture.tracks.values()) {
      if (track.own !== null || track.status === "tentative" || track.class === "clutter") continue;
      const key = trackKey(track.id);
      seen.add(key);
      this.add(key, track.updated_at + track.age_ms, track.position, TRACK_TRAIL);
    }
    for (const key of this.byOwner.keys()) if (!seen.has(key)) this.byOwner.delete(key);
  }

  /**
   * Forgets the tracks' trails: after a reconnection the station may have started anew, and the same track number
   * may stand for another target.
   */
  forgetTracks(): void {
    for (const key of this.byOwner.keys()) if (key.startsWith("t:")) this.byOwner.delete(key);
  }

  of(key: string): readonly Crumb[] {
    return this.byOwner.get(key) ?? [];
  }

  private add(key: string, at: number, position: Position, rule: TrailRule): void {
    const trail = this.byOwner.get(key) ?? [];
    const last = trail[trail.length - 1];
    if (last && at >= last.at && at - last.at < rule.spacingMs) return;
    // Where the clock went back, the scenario was started again.
    if (last && at < last.at) trail.length = 0;
    const joined = last !== undefined && at >= last.at && at - last.at <= rule.gapMs;
    trail.push({ at, mercator: [mercatorX(position[0]), mercatorY(position[1])], joined });
    this.byOwner.set(key, trail);
    while (trail[0] && at - trail[0].at > rule.keptMs) trail.shift();
  }
}

export function vehicleKey(id: string): string {
  return `v:${id}`;
}

export function trackKey(id: number): string {
  return `t:${id}`;
}
