import { expect, test } from "vitest";
import { failsafe, fix, shipType } from "./words";

test("a failsafe of a later station is shown under its own name", () => {
  expect(failsafe("link_lost")).toBe("Link lost");
  expect(failsafe("parachute_open")).toBe("parachute open");
  expect(failsafe("toString")).toBe("toString");
});

test.each([
  [null, null],
  [0, null],
  [52, "Tug"],
  [70, "Cargo"],
  [89, "Tanker"],
  [99, "Other"],
])("ship type %s is %s", (type, expected) => {
  expect(shipType(type)).toBe(expected);
});

test("a fix type of a later receiver is still a fix", () => {
  expect(fix(3)).toBe("3-D fix");
  expect(fix(42)).toBe("Fix");
});
