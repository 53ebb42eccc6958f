import { expect, test } from "vitest";
import { keyAction, type KeyPress } from "./keys";

const press = (key: string, fields: Partial<KeyPress> = {}): KeyPress => ({
  key,
  ctrlKey: false,
  altKey: false,
  metaKey: false,
  repeat: false,
  target: { tagName: "BODY" },
  ...fields,
});

test.each([
  ["J goes on", press("j"), "next"],
  ["a capital does the same", press("K"), "before"],
  ["A acknowledges", press("a"), "acknowledge"],
  ["A held down acknowledges once", press("a", { repeat: true }), null],
  ["J held down goes on", press("j", { repeat: true }), "next"],
  ["Enter shows", press("Enter"), "show"],
  ["Enter on a button belongs to the button", press("Enter", { target: { tagName: "BUTTON" } }), null],
  ["a field keeps its keys", press("a", { target: { tagName: "INPUT" } }), null],
  ["so does the browser", press("a", { ctrlKey: true }), null],
  ["V shows the cameras", press("v"), "cameras"],
  ["? helps", press("?"), "help"],
  ["other keys do nothing", press("s"), null],
  ["names of the language do nothing", press("constructor"), null],
])("%s", (_, key, expected) => {
  expect(keyAction(key)).toBe(expected);
});
