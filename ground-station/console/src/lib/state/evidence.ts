/** What a camera kept of an alert: a clip and a picture, which the station has and gives out by their hashes. */
import { list, maybeNumber, maybeText, number, record, text, type Fields } from "./fields";

/** A file, named by its SHA-256. */
export interface EvidenceFile {
  sha256: string;
  bytes: number;
}

export interface SeenInPicture {
  /** Left, top, width, height, pixels. */
  bounds: readonly [number, number, number, number];
  class: string;
  confidence: number;
  track: number | null;
}

export interface Evidence {
  /** Of one alert and one camera: both names. */
  id: string;
  alert: string;
  camera: string;
  /** The alert's instant, the clip's first and last frame; on the camera's clock. */
  at: number;
  begins: number;
  ends: number;
  /** Width and height, pixels. */
  picture: readonly [number, number];
  clip: EvidenceFile;
  snapshot: (EvidenceFile & { taken_at: number; boxes: SeenInPicture[] }) | null;
}

const HASH = /^[0-9a-f]{64}$/;
const BOXES_MAX = 64;

/** Where a file is asked for. */
export function evidenceAddress(file: EvidenceFile): string {
  return `/api/evidence/${file.sha256}`;
}

export function readEvidence(fields: Fields): Evidence | null {
  const alert = text(fields, "alert");
  const camera = text(fields, "camera");
  const at = number(fields, "at");
  const clip = readFile(fields["clip"]);
  if (alert === undefined || camera === undefined || at === undefined || clip === null) return null;
  const snapshot = record(fields["snapshot"]);
  const file = readFile(snapshot);
  const boxes = snapshot ? list(snapshot, "boxes", readSeen).read.slice(0, BOXES_MAX) : [];
  return {
    id: `${alert} ${camera}`,
    alert,
    camera,
    at,
    begins: maybeNumber(fields, "begins") ?? at,
    ends: maybeNumber(fields, "ends") ?? at,
    picture: numbers(fields["picture"], 2) ?? [16, 9],
    clip,
    snapshot: snapshot && file && { ...file, taken_at: maybeNumber(snapshot, "taken_at") ?? at, boxes },
  };
}

/** A name that is no hash is no file: it would go into an address. */
function readFile(value: unknown): EvidenceFile | null {
  const fields = record(value);
  const sha256 = fields && maybeText(fields, "sha256");
  if (!fields || !sha256 || !HASH.test(sha256)) return null;
  return { sha256, bytes: maybeNumber(fields, "bytes") ?? 0 };
}

function readSeen(fields: Fields): SeenInPicture | null {
  const bounds = numbers(fields["bounds"], 4);
  if (!bounds) return null;
  return {
    bounds,
    class: maybeText(fields, "class") ?? "unknown",
    confidence: maybeNumber(fields, "confidence") ?? 0,
    track: maybeNumber(fields, "track"),
  };
}

function numbers(value: unknown, count: 2): readonly [number, number] | null;
function numbers(value: unknown, count: 4): readonly [number, number, number, number] | null;
function numbers(value: unknown, count: number): readonly number[] | null {
  if (!Array.isArray(value) || value.length !== count) return null;
  return value.every((one) => typeof one === "number" && Number.isFinite(one)) ? (value as number[]) : null;
}
