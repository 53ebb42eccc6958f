/**
 * Plays fragments as they come (Media Source Extensions), close to the newest, draws each frame onto a canvas as it comes
 * up, and says which one that is.
 *
 * The video element itself is in no document. Browsers that compose in software leave out of the map what the video hides,
 * and of a WebGL map they leave it out upside down: a hole in the map. Nothing is left out for a canvas.
 *
 * Bounds: {@link WAITING_MAX} fragments wait for the browser; when it does not keep up, the player begins anew with the
 * next key frame. What was shown {@link KEPT_S} seconds ago is let go.
 */
import type { VideoFrame } from "./frame";
import { pace } from "./pace";

const WAITING_MAX = 100;
const KEPT_S = 4;
/** Frames of which it is remembered when they were taken. */
const FRAMES_MAX = 200;
/** A frame is the one on the screen when their times are this near, seconds. */
const SAME_S = 0.002;

export class LivePlayer {
  private source: MediaSource | null = null;
  private buffer: SourceBuffer | null = null;
  private address: string | null = null;
  private codec: string | null = null;
  private waiting: Uint8Array<ArrayBuffer>[] = [];
  private frames: VideoFrame[] = [];
  private callback = 0;
  private readonly video = document.createElement("video");

  constructor(
    private readonly canvas: HTMLCanvasElement,
    /** Called with the frame that is on the canvas now, and when it came there (`performance.now`). */
    private readonly onShown: (frame: VideoFrame, at: number) => void,
    private readonly onTrouble: (why: string) => void,
  ) {
    [this.video.muted, this.video.playsInline] = [true, true];
    this.video.addEventListener("error", this.failed);
    this.callback = this.video.requestVideoFrameCallback(this.shown);
  }

  take(frame: VideoFrame): void {
    const last = this.frames.at(-1);
    // A camera that was started again begins its timeline anew.
    const anew = frame.key !== null && (frame.key.codec !== this.codec || (last !== undefined && frame.mediaTime <= last.mediaTime));
    if (anew && frame.key) this.open(frame.key.codec);
    if (!this.source) return;
    if (this.waiting.length >= WAITING_MAX) {
      this.close();
      return;
    }
    if (frame.key) this.waiting.push(frame.key.initialization);
    this.waiting.push(frame.media);
    this.frames.push(frame);
    if (this.frames.length > FRAMES_MAX) this.frames.shift();
    this.feed();
  }

  destroy(): void {
    this.video.cancelVideoFrameCallback(this.callback);
    this.video.removeEventListener("error", this.failed);
    this.close();
  }

  private open(codec: string): void {
    this.close();
    const kind = `video/mp4; codecs="${codec}"`;
    if (!MediaSource.isTypeSupported(kind)) {
      this.onTrouble(`This browser cannot play ${codec}.`);
      return;
    }
    const source = new MediaSource();
    [this.source, this.codec] = [source, codec];
    source.addEventListener("sourceopen", () => {
      if (source !== this.source) return;
      this.buffer = source.addSourceBuffer(kind);
      this.buffer.addEventListener("updateend", () => this.feed());
      this.feed();
    });
    this.address = URL.createObjectURL(source);
    this.video.src = this.address;
  }

  private close(): void {
    if (this.address !== null) URL.revokeObjectURL(this.address);
    this.video.removeAttribute("src");
    this.source = this.buffer = this.address = this.codec = null;
    this.waiting = [];
    this.frames = [];
  }

  /** Gives the browser what waits, and keeps it near the newest frame. */
  private feed(): void {
    const buffer = this.buffer;
    if (!buffer || buffer.updating || this.source?.readyState !== "open") return;
    const ranges = buffer.buffered;
    if (ranges.length > 0) {
      const [begin, end] = [ranges.start(0), ranges.end(ranges.length - 1)];
      this.keepPace(begin, end);
      if (this.video.currentTime - begin > 2 * KEPT_S) {
        buffer.remove(0, this.video.currentTime - KEPT_S);
        return;
      }
    }
    if (this.waiting.length === 0) return;
    const next = joined(this.waiting);
    this.waiting = [];
    try {
      buffer.appendBuffer(next);
    } catch {
      // It is full, or broken: the next key frame begins anew.
      this.close();
    }
  }

  private keepPace(begin: number, end: number): void {
    const video = this.video;
    if (video.currentTime < begin) video.currentTime = begin;
    const wish = pace(video.currentTime, end);
    if (wish.is === "jump") video.currentTime = Math.max(begin, wish.to);
    else if (Math.abs(video.playbackRate - wish.rate) > 0.02) video.playbackRate = wish.rate;
    // It is muted, so a browser lets it play; one that was interrupted by the next source says so, and is asked again.
    if (video.paused) void video.play().catch(() => undefined);
  }

  private readonly shown = (now: number, { mediaTime }: { mediaTime: number }): void => {
    this.callback = this.video.requestVideoFrameCallback(this.shown);
    this.draw();
    const frame = this.frames.find((candidate) => Math.abs(candidate.mediaTime - mediaTime) < SAME_S);
    if (frame) this.onShown(frame, now);
  };

  private draw(): void {
    const { videoWidth: width, videoHeight: height } = this.video;
    // A canvas that is given a size is emptied.
    if (this.canvas.width !== width || this.canvas.height !== height) [this.canvas.width, this.canvas.height] = [width, height];
    this.canvas.getContext("2d")?.drawImage(this.video, 0, 0);
  }

  private readonly failed = (): void => {
    // A source that is taken away is an error too; only one that is still ours is in trouble.
    if (this.address === null) return;
    this.close();
  };
}

function joined(parts: Uint8Array<ArrayBuffer>[]): Uint8Array<ArrayBuffer> {
  const [only] = parts;
  if (only && parts.length === 1) return only;
  const whole = new Uint8Array(parts.reduce((length, part) => length + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
