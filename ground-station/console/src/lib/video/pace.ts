/**
 * How fast live video is played so that it stays close to the newest frame: a browser that was busy has fallen behind,
 * and one that never hurries stays behind.
 */

/** How far behind the newest frame is right, seconds: two frames of 25 a second. */
const BEHIND_S = 0.08;
/** So far behind it is no use to hurry. */
const JUMP_S = 1.5;
/** Faster than this is not played: it looks like a film of the silent age. */
const RATE_MAX = 1.5;

export type Pace = { is: "play"; rate: number } | { is: "jump"; to: number };

/** What to do at `now` on the timeline, when the newest frame ends at `end`. */
export function pace(now: number, end: number): Pace {
  const behind = end - now;
  if (behind > JUMP_S) return { is: "jump", to: end - BEHIND_S };
  return { is: "play", rate: Math.min(RATE_MAX, 1 + Math.max(0, behind - BEHIND_S) * 2) };
}
