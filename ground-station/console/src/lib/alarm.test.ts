import { describe, expect, test } from "vitest";
import { AlarmSchedule, pageTitle, REPEAT_MS } from "./alarm";

describe("the alarm", () => {
  test("sounds for a new alert at once, then at intervals until it is seen to", () => {
    const schedule = new AlarmSchedule();
    expect(schedule.due([], 0)).toBe(false);
    expect(schedule.due(["a"], 1000)).toBe(true);
    expect(schedule.due(["a"], 1250)).toBe(false);
    expect(schedule.due(["a"], 1000 + REPEAT_MS)).toBe(true);
    expect(schedule.due(["a", "b"], 1500 + REPEAT_MS)).toBe(true);
    expect(schedule.due([], 90_000)).toBe(false);
    expect(schedule.due(["a"], 90_100)).toBe(true);
  });

  test("the title counts what waits and changes every second", () => {
    expect(pageTitle("Kiel", 0, 1)).toBe("Kiel – Picket");
    expect(pageTitle(null, 0, 1)).toBe("Picket");
    expect(pageTitle("Kiel", 1, 0)).toBe("● ALERT – Kiel – Picket");
    expect(pageTitle("Kiel", 3, 1)).toBe("○ 3 ALERTS – Kiel – Picket");
  });
});
