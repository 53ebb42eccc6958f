/** What targets say of themselves: AIS, Remote ID, ADS-B. Never shown as if measured. */
import { maybeNumber, maybeText, position, record } from "./fields";
import type { Position } from "./messages";

export interface AisClaim {
  kind: "ais";
  mmsi: string | null;
  name: string | null;
  ship_type: number | null;
  length_m: number | null;
  beam_m: number | null;
  draught_m: number | null;
  /** ITU-R M.1371-5, table 45: 5 is moored. */
  navigational_status: number | null;
  destination: string | null;
}

export type Claim =
  | AisClaim
  | { kind: "remote_id"; uas_id: string | null; operator: Position | null }
  | { kind: "adsb"; icao: string | null; call_sign: string | null }
  /** Of a system this page does not know: still a claim. */
  | { kind: "unknown" };

export function readClaim(value: unknown): Claim | null {
  const fields = record(value);
  if (!fields) return null;
  switch (fields["kind"]) {
    case "ais": {
      const mmsi = fields["mmsi"];
      return {
        kind: "ais",
        mmsi: typeof mmsi === "number" ? String(mmsi).padStart(9, "0") : maybeText(fields, "mmsi"),
        name: maybeText(fields, "name")?.trim() || null,
        ship_type: maybeNumber(fields, "ship_type"),
        length_m: maybeNumber(fields, "length_m"),
        beam_m: maybeNumber(fields, "beam_m"),
        draught_m: maybeNumber(fields, "draught_m"),
        navigational_status: maybeNumber(fields, "navigational_status"),
        destination: maybeText(fields, "destination")?.trim() || null,
      };
    }
    case "remote_id":
      return { kind: "remote_id", uas_id: maybeText(fields, "uas_id"), operator: position(fields["operator"]) };
    case "adsb":
      return {
        kind: "adsb",
        icao: maybeText(fields, "icao"),
        call_sign: maybeText(fields, "call_sign")?.trim() || null,
      };
    default:
      return { kind: "unknown" };
  }
}

/** What it calls itself: its name, else its number; null when it says neither. */
export function calledItself(claim: Claim): string | null {
  switch (claim.kind) {
    case "ais":
      return claim.name ?? claim.mmsi;
    case "remote_id":
      return claim.uas_id;
    case "adsb":
      return claim.call_sign ?? claim.icao;
    case "unknown":
      return null;
  }
}
