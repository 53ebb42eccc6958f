/** The vessels of the picture, as plans are made with them: which lie still, which are coming, and what to call them. */
import { calledItself, type AisClaim } from "./claims";
import type { Track } from "./messages";

/** Moored (ITU-R M.1371-5, table 45). */
const MOORED = 5;
/** Slower than this a vessel lies still, m/s: a little more than half a knot. */
const STILL_M_S = 0.3;

function ais(track: Track): AisClaim | null {
  return track.claim?.kind === "ais" ? track.claim : null;
}

/** Whether it is a vessel that lies still: it says so by AIS, or does not move. */
export function liesStill(track: Track): boolean {
  if (track.class !== "vessel") return false;
  return ais(track)?.navigational_status === MOORED || (track.speed_m_s !== null && track.speed_m_s < STILL_M_S);
}

/** Whether it is a vessel that may still arrive somewhere. */
export function mayArrive(track: Track): boolean {
  return track.class === "vessel" && track.own === null && !liesStill(track);
}

/** What to call it in a list: its name, and where it says it is bound for. */
export function vesselLabel(track: Track): string {
  const name = (track.claim && calledItself(track.claim)) ?? `Track ${track.id}`;
  const destination = ais(track)?.destination;
  return destination ? `${name}, bound for ${destination}` : name;
}

/** Its size as it says it, in words; null where it says none. */
export function vesselSize(track: Track): string | null {
  const says = ais(track);
  const parts = [says?.length_m, says?.beam_m, says?.draught_m].map((metres) => metres ?? "?");
  return parts.every((part) => part === "?") ? null : `${parts[0]} × ${parts[1]} m, ${parts[2]} m deep by AIS`;
}
