/**
 * The picture as this page knows it: what the last snapshot said, and every update since.
 *
 * A picture is never changed in place, so a reader may keep one; only the maps an update touches are copied.
 */
import type { Evidence } from "./evidence";
import type { Alert, Cue, Operator, Snapshot, Track, Update, Vehicle } from "./messages";
import { NO_OUTLOOKS, withNews, type Outlooks } from "./outlook";
import { NO_PLANNING, type Planning } from "./planning";
import type { Schedule } from "./schedule";

/** Closed alerts kept for looking back; the oldest go first. Open ones are never dropped. */
export const CLOSED_ALERTS_MAX = 200;

export interface Picture {
  /** The station's time of the newest message, Unix milliseconds; 0 before the first. */
  readonly now: number;
  readonly simulated: boolean;
  readonly operator: Operator | null;
  readonly vehicles: ReadonlyMap<string, Vehicle>;
  readonly tracks: ReadonlyMap<number, Track>;
  readonly alerts: ReadonlyMap<string, Alert>;
  readonly cues: ReadonlyMap<string, Cue>;
  /** What cameras kept of alerts. */
  readonly evidence: ReadonlyMap<string, Evidence>;
  readonly planning: Planning;
  readonly outlooks: Outlooks;
  readonly schedule: Schedule | null;
}

export const EMPTY_PICTURE: Picture = {
  now: 0,
  simulated: false,
  operator: null,
  vehicles: new Map(),
  tracks: new Map(),
  alerts: new Map(),
  cues: new Map(),
  evidence: new Map(),
  planning: NO_PLANNING,
  outlooks: NO_OUTLOOKS,
  schedule: null,
};

/** A snapshot replaces everything. */
export function pictureOf(snapshot: Snapshot): Picture {
  const alerts = byId(snapshot.alerts);
  return {
    now: snapshot.now,
    simulated: snapshot.simulated,
    operator: snapshot.operator,
    vehicles: byId(snapshot.vehicles),
    tracks: byId(snapshot.tracks),
    alerts: withoutOldClosed(alerts),
    cues: byId(snapshot.cues),
    evidence: byId(snapshot.evidence),
    planning: snapshot.planning ?? NO_PLANNING,
    outlooks: withNews(NO_OUTLOOKS, snapshot.outlook),
    schedule: snapshot.schedule ?? null,
  };
}

/** The picture after an update. */
export function updated(picture: Picture, update: Update): Picture {
  const alerts = withAll(picture.alerts, update.alerts);
  return {
    ...picture,
    now: update.now,
    vehicles: withAll(picture.vehicles, update.vehicles),
    tracks: without(withAll(picture.tracks, update.tracks), update.tracks_removed),
    alerts: alerts === picture.alerts ? alerts : withoutOldClosed(alerts),
    cues: withAll(picture.cues, update.cues),
    evidence: withAll(picture.evidence, update.evidence),
    planning: update.planning ?? picture.planning,
    outlooks: withNews(picture.outlooks, update.outlook),
    schedule: update.schedule === undefined ? picture.schedule : update.schedule,
  };
}

function byId<V extends { id: string | number }>(records: readonly V[]): Map<V["id"], V> {
  return new Map(records.map((record): [V["id"], V] => [record.id, record]));
}

function withAll<K, V extends { id: K }>(map: ReadonlyMap<K, V>, changed: readonly V[]): ReadonlyMap<K, V> {
  if (changed.length === 0) return map;
  const copy = new Map(map);
  for (const record of changed) copy.set(record.id, record);
  return copy;
}

function without<K, V>(map: ReadonlyMap<K, V>, removed: readonly K[]): ReadonlyMap<K, V> {
  if (!removed.some((id) => map.has(id))) return map;
  const copy = new Map(map);
  for (const id of removed) copy.delete(id);
  return copy;
}

function withoutOldClosed(alerts: ReadonlyMap<string, Alert>): ReadonlyMap<string, Alert> {
  const closed = [...alerts.values()].filter((alert) => alert.state === "closed");
  if (closed.length <= CLOSED_ALERTS_MAX) return alerts;
  closed.sort((a, b) => a.raised_at - b.raised_at);
  const oldest = closed.slice(0, closed.length - CLOSED_ALERTS_MAX).map((alert) => alert.id);
  return without(alerts, oldest);
}
