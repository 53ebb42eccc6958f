import { expect, test } from "vitest";
import { activeAt, readPlanning, readProposal, readUasZones, sorties, uncovered } from "./planning";

const REPORT = {
  begins: 1000,
  duration_s: 600,
  findings: [
    { key: "buffer", rule: "buffer", text: "Leg 2: too high.", remedy: "Fly lower." },
    { key: "closed:kiel.area.1" },
  ],
};
const PLAN = { id: "p1", vehicle: "falke-1", saved: true, way: [[10, 54], [10.1, 54]], report: REPORT };

test("what an override does not name still stands against a plan, words or not", () => {
  const [plan] = readPlanning({ plans: [{ ...PLAN, override: { by: "anna", reason: "rescue", covers: ["buffer"] } }] })!.plans;
  expect(uncovered(plan!).map(({ key }) => key)).toEqual(["closed:kiel.area.1"]);
  expect(uncovered(plan!)[0]!.text).toContain("cannot read");
  const [bare] = readPlanning({ plans: [PLAN] })!.plans;
  expect(uncovered(bare!)).toHaveLength(2);
});

test("a plan without a name, an area without corners and a flight without a serial are left out", () => {
  const planning = readPlanning({
    plans: [{ vehicle: "falke-1" }, PLAN],
    areas: [{ id: "a", from: 1, to: 2, ring: [[10, 54]] }],
    flights: [{ id: "f", from: 1, to: 2, ring: [[10, 54], [10.1, 54], [10.1, 54.1]] }],
    weather: { wind_m_s: "strong" },
  })!;
  expect(planning.plans).toHaveLength(1);
  expect(planning.areas).toEqual([]);
  expect(planning.flights).toEqual([]);
  expect(planning.weather).toBeNull();
  expect(readPlanning("?")).toBeNull();
});

test("a proposal in a state this page does not know has failed", () => {
  expect(readProposal({ proposal: 3, state: "levitating", progress: 7 })).toMatchObject({ state: "failed", progress: 1 });
  expect(readProposal({ state: "done" })).toBeNull();
});

test("the line of the night shows what was begun or waits, and nothing that is over, given up or only saved", () => {
  const plan = (id: string, fields: object) => ({ id, vehicle: "falke-1", start: 0, duration_s: 60, ...fields });
  const { plans } = readPlanning({
    plans: [
      plan("begun", { stage: "started" }),
      plan("waits", { stage: "waiting", start: 100_000, report: { begins: 0, duration_s: 90 } }),
      plan("over", { stage: "started", start: -100_000 }),
      plan("off", { stage: "given_up" }),
      plan("saved", {}),
    ],
  })!;
  const shown = sorties(plans, 0, 1_000_000).get("falke-1")!;
  expect(shown.map(({ plan, from, to }) => [plan.id, from, to])).toEqual([["begun", 0, 60_000], ["waits", 100_000, 190_000]]);
});

test("a zone applies in its hours, and always where it has none", () => {
  const ring = [[10, 54], [10.1, 54], [10.1, 54.1]];
  const [zone, always] = readUasZones({
    zones: [
      { id: "DE-1", rings: [ring], active: [[100, 200]], upper: { metres: 120.4, reference: "agl" } },
      { id: "DE-2", rings: [ring], restriction: "authorisation" },
      { id: "DE-3", rings: [] },
    ],
  });
  expect([50, 150, 250].map((now) => activeAt(zone!.active, now))).toEqual([false, true, false]);
  expect(zone!.upper).toBe("120 m above ground");
  expect(activeAt(always!.active, 0)).toBe(true);
});
