/** The order in which alerts want attention, and what belongs to an alert. */
import type { Alert, Cue, Severity } from "./messages";

const SEVERITY_RANK: Record<Severity, number> = { critical: 0, warning: 1, notice: 2 };
const STATE_RANK: Record<Alert["state"], number> = { raised: 0, acknowledged: 1, closed: 2 };

/** Unacknowledged first, the more severe first, then the newest; closed ones last. */
export function byUrgency(a: Alert, b: Alert): number {
  return (
    STATE_RANK[a.state] - STATE_RANK[b.state] ||
    SEVERITY_RANK[a.severity] - SEVERITY_RANK[b.severity] ||
    b.raised_at - a.raised_at ||
    a.id.localeCompare(b.id)
  );
}

export interface SortedAlerts {
  open: Alert[];
  closed: Alert[];
}

export function sortedAlerts(alerts: Iterable<Alert>): SortedAlerts {
  const sorted = [...alerts].sort(byUrgency);
  return {
    open: sorted.filter((alert) => alert.state !== "closed"),
    closed: sorted.filter((alert) => alert.state === "closed"),
  };
}

/** Alerts that nobody has seen to and that must be seen to now. */
export function unseenCritical(alerts: Iterable<Alert>): Alert[] {
  return [...alerts].filter((alert) => alert.state === "raised" && alert.severity === "critical");
}

const CUE_RANK: Record<Cue["state"], number> = { approved: 0, proposed: 1, declined: 2, ended: 3 };

/** The cue to show with an alert: the one being flown, else the newest proposal, else the newest of the rest. */
export function cueFor(alert: Alert, cues: Iterable<Cue>): Cue | null {
  const candidates = [...cues].filter((cue) => cue.alert === alert.id);
  candidates.sort((a, b) => CUE_RANK[a.state] - CUE_RANK[b.state] || b.proposed_at - a.proposed_at);
  return candidates[0] ?? null;
}

/** The severity each track is drawn with: the highest of its open alerts. */
export function alertedTracks(alerts: Iterable<Alert>): Map<number, Severity> {
  const worst = new Map<number, Severity>();
  for (const alert of alerts) {
    if (alert.track === null || alert.state === "closed") continue;
    const known = worst.get(alert.track);
    if (!known || SEVERITY_RANK[alert.severity] < SEVERITY_RANK[known]) worst.set(alert.track, alert.severity);
  }
  return worst;
}

/** Open alerts that have a place but nothing in the picture to be drawn on: their track or vehicle is gone. */
export function orphaned(alerts: Iterable<Alert>, hasTrack: (id: number) => boolean, hasVehicle: (id: string) => boolean): Alert[] {
  return [...alerts].filter((alert) => {
    if (alert.state === "closed" || alert.position === null) return false;
    const drawn = alert.track !== null ? hasTrack(alert.track) : alert.vehicle !== null && hasVehicle(alert.vehicle);
    return !drawn;
  });
}

/** The alert after, or before, the chosen one in the list; the first when none is chosen. */
export function neighbour(alerts: readonly Alert[], chosen: string | null, step: 1 | -1): Alert | null {
  if (alerts.length === 0) return null;
  const index = alerts.findIndex((alert) => alert.id === chosen);
  if (index < 0) return alerts[0] ?? null;
  return alerts[Math.min(alerts.length - 1, Math.max(0, index + step))] ?? null;
}

/** What is believed, most likely first, for the bars; what is below one in a hundred is left out. */
export function beliefBars<T extends string>(belief: Partial<Record<T, number>>): { name: T; probability: number }[] {
  return (Object.entries(belief) as [T, number][])
    .filter(([, probability]) => probability >= 0.01)
    .sort(([a, p], [b, q]) => q - p || a.localeCompare(b))
    .map(([name, probability]) => ({ name, probability }));
}
