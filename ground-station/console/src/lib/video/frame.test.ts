import { expect, test } from "vitest";
import { readFrame } from "./frame";
import { pace } from "./pace";
import { readViewers } from "./watch.svelte";

const HEAD = { captured_at: 1_700_000_000_000.5, media_time: 1.25, picture: [640, 512], initialization: 0, boxes: [] };

/** A message with this text, and so many bytes behind it, numbered. */
function message(head: unknown, behind: number): ArrayBuffer {
  const text = new TextEncoder().encode(typeof head === "string" ? head : JSON.stringify(head));
  const bytes = new Uint8Array(4 + text.length + behind);
  new DataView(bytes.buffer).setUint32(0, text.length);
  bytes.set(text, 4);
  for (let at = 0; at < behind; at += 1) bytes[4 + text.length + at] = at;
  return bytes.buffer;
}

test("a key frame is read with what a decoder must know, another without", () => {
  const box = { bounds: [1, 2, 3, 4], class: "drone", confidence: 0.5, track: 7 };
  const key = readFrame(message({ ...HEAD, codec: "avc1.64001f", initialization: 3, boxes: [box, { bounds: [1] }] }, 8));
  expect(key).toMatchObject({ capturedAt: 1_700_000_000_000.5, mediaTime: 1.25, picture: [640, 512], boxes: [box] });
  expect([...(key?.key?.initialization ?? [])]).toEqual([0, 1, 2]);
  expect([...(key?.media ?? [])]).toEqual([3, 4, 5, 6, 7]);
  const other = readFrame(message(HEAD, 2));
  expect(other?.key).toBeNull();
  expect([...(other?.media ?? [])]).toEqual([0, 1]);
});

test.each([
  ["nothing", new ArrayBuffer(0)],
  ["a length beyond the end", new Uint8Array([0, 0, 1, 0, 123]).buffer],
  ["no JSON", message("{", 4)],
  ["a list", message([], 4)],
  ["no time", message({ ...HEAD, captured_at: "now" }, 4)],
  ["no size", message({ ...HEAD, picture: [640] }, 4)],
  ["nothing behind the head", message(HEAD, 0)],
  ["an initialization longer than the message", message({ ...HEAD, codec: "avc1.64001f", initialization: 9 }, 4)],
  ["a length below zero", message({ ...HEAD, initialization: -1 }, 4)],
  ["another codec", message({ ...HEAD, codec: 'avc1.64001f"; x="', initialization: 2 }, 4)],
  ["a codec and nothing to begin with", message({ ...HEAD, codec: "avc1.64001f" }, 4)],
])("%s is no frame", (_, bytes) => {
  expect(readFrame(bytes)).toBeNull();
});

test("who looks is read, and everything else is not", () => {
  expect(readViewers('{"type":"viewers","viewers":["Anna Berg","Jens"]}')).toEqual(["Anna Berg", "Jens"]);
  expect(readViewers('{"type":"viewers","viewers":[5,null]}')).toEqual([]);
  for (const other of ["", "[]", '{"type":"update"}']) expect(readViewers(other)).toBeNull();
});

test("playing keeps near the newest frame, hurries when behind, and jumps when far behind", () => {
  expect(pace(10, 10.05)).toEqual({ is: "play", rate: 1 });
  expect(pace(10, 9)).toEqual({ is: "play", rate: 1 });
  const hurried = pace(10, 10.2);
  expect(hurried.is === "play" && hurried.rate > 1.2 && hurried.rate < 1.5).toBe(true);
  expect(pace(10, 11.4)).toEqual({ is: "play", rate: 1.5 });
  expect(pace(10, 12)).toEqual({ is: "jump", to: 11.92 });
});
