/**
 * Looking at a camera: which there are, which one, who else does, and how old the picture is. The line is open only while the panel is and the
 * page can be seen: a camera sends nothing for nobody.
 */
import { list, record, text } from "../state/fields";
import { fetchCameras, type Camera } from "./cameras";
import { readFrame, type SeenBox, type VideoFrame } from "./frame";
import { LivePlayer } from "./player";

const RETRY_MS = 2000;
/** How often it is asked which cameras there are. */
const LIST_MS = 2000;
/** Frames of which it is remembered when they were taken and shown, for the measurement. */
const SHOWN_MAX = 200;

export class CameraWatch {
  /** Whether the panel is open. */
  open = $state(false);
  /** The cameras that can be looked at now; null before that is known. */
  list = $state.raw<Camera[] | null>(null);
  /** The camera looked at. It stays chosen when it is not there any more. */
  chosen = $state<string | null>(null);
  /** Whether the station's line stands. */
  connected = $state(false);
  /** Everybody who looks at this camera, this person among them. */
  viewers = $state.raw<string[]>([]);
  /** What is on the screen. */
  picture = $state.raw<readonly [number, number]>([16, 9]);
  boxes = $state.raw<SeenBox[]>([]);
  /** When the frame on the screen was taken, Unix milliseconds by the camera's clock; null before the first. */
  capturedAt = $state<number | null>(null);
  trouble = $state<string | null>(null);
  /** Frames and messages that could not be read. */
  unreadable = 0;
  /** When frames were taken and when they were shown, both Unix milliseconds, by two clocks. */
  readonly shown: { captured_at: number; shown_at: number }[] = [];

  toggle(): void {
    this.open = !this.open;
  }

  /** Asks again and again which cameras there are, until the answer is called. */
  follow(): () => void {
    let [over, timer]: [boolean, number] = [false, 0];
    const ask = async (): Promise<void> => {
      const list = await fetchCameras();
      if (over) return;
      if (list) this.hearOf(list);
      timer = window.setTimeout(() => void ask(), LIST_MS);
    };
    void ask();
    return () => {
      over = true;
      clearTimeout(timer);
    };
  }

  /** Nobody's radio is used before somebody chose so: of itself only a camera on a mast is looked at. */
  private hearOf(list: Camera[]): void {
    this.list = list;
    this.chosen ??= list.find((camera) => !camera.vehicle)?.id ?? null;
  }

  /** Looks at a camera until the answer is called. */
  watch(camera: string, canvas: HTMLCanvasElement): () => void {
    let [over, socket, timer]: [boolean, WebSocket | null, number] = [false, null, 0];
    this.forget();
    const player = new LivePlayer(canvas, (frame, at) => this.show(frame, at), (why) => (this.trouble = why));
    const connect = (): void => {
      const address = new URL(`/ws/video/${encodeURIComponent(camera)}`, location.href);
      address.protocol = address.protocol.replace("http", "ws");
      socket = new WebSocket(address);
      socket.binaryType = "arraybuffer";
      socket.onopen = () => (this.connected = true);
      socket.onmessage = ({ data }: MessageEvent<unknown>) => {
        if (!over) this.hear(data, player);
      };
      socket.onclose = () => {
        if (over) return;
        this.connected = false;
        this.viewers = [];
        timer = window.setTimeout(connect, RETRY_MS);
      };
    };
    connect();
    return () => {
      over = true;
      clearTimeout(timer);
      socket?.close();
      player.destroy();
      this.forget();
    };
  }

  /** Nothing of a picture stays on the screen of somebody who no longer looks. */
  private forget(): void {
    this.connected = false;
    this.viewers = [];
    this.boxes = [];
    this.capturedAt = null;
    this.trouble = null;
    this.shown.length = 0;
  }

  private hear(data: unknown, player: LivePlayer): void {
    if (data instanceof ArrayBuffer) {
      const frame = readFrame(data);
      if (frame) player.take(frame);
      else this.unreadable += 1;
      return;
    }
    const viewers = typeof data === "string" ? readViewers(data) : null;
    if (viewers) this.viewers = viewers;
    else this.unreadable += 1;
  }

  private show(frame: VideoFrame, at: number): void {
    this.picture = frame.picture;
    this.boxes = frame.boxes;
    this.capturedAt = frame.capturedAt;
    this.shown.push({ captured_at: frame.capturedAt, shown_at: performance.timeOrigin + at });
    if (this.shown.length > SHOWN_MAX) this.shown.shift();
  }
}

/** The names in `{"type":"viewers","viewers":[…]}`; null where it is something else. */
export function readViewers(message: string): string[] | null {
  let fields;
  try {
    fields = record(JSON.parse(message));
  } catch {
    return null;
  }
  if (!fields || text(fields, "type") !== "viewers") return null;
  const named = list({ names: asRecords(fields["viewers"]) }, "names", (one) => text(one, "name") ?? null);
  return named.read;
}

function asRecords(names: unknown): unknown {
  return Array.isArray(names) ? names.map((name: unknown) => ({ name })) : names;
}
