/**
 * A frame of live video as the station sends it: the length of a text in four bytes, the text, the initialization
 * segment where a decoder can begin, the fragment.
 */
import { list, maybeNumber, maybeText, number, record, type Fields } from "../state/fields";

/** Left, top, width, height, pixels of the picture. */
export type Bounds = readonly [number, number, number, number];

export interface SeenBox {
  bounds: Bounds;
  class: string;
  confidence: number;
  track: number | null;
}

/** What decoders of H.264 are asked for; nothing else is handed to the browser. */
const CODEC = /^avc1\.[0-9a-f]{6}$/;

export interface VideoFrame {
  /** When it was taken, by the camera's clock, Unix milliseconds. */
  capturedAt: number;
  /** Its place on the stream's timeline, seconds: even steps, no clock. */
  mediaTime: number;
  /** Width and height, pixels. */
  picture: readonly [number, number];
  /** Where a decoder can begin: the codec, and what it must know first. */
  key: { codec: string; initialization: Uint8Array<ArrayBuffer> } | null;
  media: Uint8Array<ArrayBuffer>;
  boxes: SeenBox[];
}

/** Reads a message; null where it is no frame. */
export function readFrame(bytes: ArrayBuffer): VideoFrame | null {
  if (bytes.byteLength < 4) return null;
  const length = new DataView(bytes).getUint32(0);
  if (4 + length > bytes.byteLength) return null;
  const head = parsed(new Uint8Array(bytes, 4, length));
  if (!head) return null;
  const capturedAt = number(head, "captured_at");
  const mediaTime = number(head, "media_time");
  const picture = numbers(head["picture"], 2);
  const initialization = number(head, "initialization");
  if (capturedAt === undefined || mediaTime === undefined || !picture || initialization === undefined) return null;
  const [begins, codec] = [4 + length, maybeText(head, "codec")];
  if (!(initialization >= 0) || begins + initialization >= bytes.byteLength) return null;
  if (codec !== null && (!CODEC.test(codec) || initialization === 0)) return null;
  return {
    capturedAt,
    mediaTime,
    picture: [picture[0] ?? 1, picture[1] ?? 1],
    key: codec === null ? null : { codec, initialization: new Uint8Array(bytes, begins, initialization) },
    media: new Uint8Array(bytes, begins + initialization),
    boxes: list(head, "boxes", readBox).read,
  };
}

function parsed(text: Uint8Array): Fields | null {
  try {
    return record(JSON.parse(new TextDecoder().decode(text)));
  } catch {
    return null;
  }
}

function readBox(fields: Fields): SeenBox | null {
  const bounds = numbers(fields["bounds"], 4) as unknown as Bounds | null;
  return (
    bounds && {
      bounds,
      class: maybeText(fields, "class") ?? "unknown",
      confidence: maybeNumber(fields, "confidence") ?? 0,
      track: maybeNumber(fields, "track"),
    }
  );
}

function numbers(value: unknown, count: number): number[] | null {
  if (!Array.isArray(value) || value.length !== count) return null;
  return value.every((one) => typeof one === "number" && Number.isFinite(one)) ? (value as number[]) : null;
}
