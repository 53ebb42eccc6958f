import { expect, test } from "vitest";
import { ScheduleDesk } from "../schedule.svelte";
import { EMPTY_PICTURE, updated } from "./picture";
import { readMessage, type Update } from "./messages";
import { due, readNight, rows, type Night } from "./schedule";

const MIN = 60_000;
const sortie = (vehicle: string, leaves: number, lands: number, number: number): object => ({
  post: 0,
  vehicle,
  crew: 0,
  pack: { base: 0, number },
  leaves: leaves * MIN,
  watches: [(leaves + 2) * MIN, (lands - 2) * MIN],
  lands: lands * MIN,
  left: 0.3,
});
const NIGHT = {
  request: {
    from: 0,
    to: 120 * MIN,
    posts: [{ name: "North", at: [10, 54] }],
    stock: [{ vehicle: "falke-1" }, { vehicle: "falke-2" }, { vehicle: "falke-3" }],
    crews: [{ name: "Crew A", with: "falke-1", from: 10 * MIN, to: null }],
    holds: [{ from: 50 * MIN, to: 60 * MIN }],
  },
  sorties: [sortie("falke-1", 5, 30, 0), sortie("falke-2", 25, 50, 1), { vehicle: "falke-1" }],
  charges: [{ pack: { base: 0, number: 0 }, charger: 0, from: 30 * MIN, to: 90 * MIN }],
  standby: ["falke-3"],
  gaps: [{ post: 0, from: 48 * MIN, to: 60 * MIN, why: "the weather holds everybody on the ground" }],
  watched: 0.9,
  words: ["2 sorties watch 90.0 % of the time asked for."],
};
const night = (): Night => readNight(NIGHT)!;
const clock = (ms: number): string => `${ms / MIN}`;

test("a night is read, and a sortie that cannot be is left out", () => {
  expect(night().sorties.map(({ vehicle, pack }) => `${vehicle} ${pack}`)).toEqual(["falke-1 1.1", "falke-2 1.2"]);
  expect(readNight({ sorties: [] })).toBeNull();
});

test("what is due comes in its order: take-off, relief, swap, shift", () => {
  const told = due(night(), 4 * MIN, (id) => id).map(({ at, text }) => `${at / MIN} ${text}`);
  expect(told).toEqual([
    "5 falke-1 takes off for North (Crew A, battery 1.1)",
    "10 Crew A comes on",
    "25 falke-2 takes off for North (Crew A, battery 1.2)",
    "27 falke-2 relieves falke-1 at North",
    "30 falke-1 lands: battery 1.1 to the charger",
    "50 falke-2 lands: battery 1.2 to the charger",
  ]);
  expect(due(night(), 31 * MIN, (id) => id)).toHaveLength(1);
});

test("the picture has a row for each post, vehicle, battery and crew, and shows gaps", () => {
  const shown = rows(night(), (id) => id, clock);
  expect(shown.map(({ label }) => label)).toEqual(["North", "falke-1", "falke-2", "falke-3 (stands by)", "Battery 1.1", "Battery 1.2", "Crew A"]);
  expect(shown[0]?.bars.map(({ kind }) => kind)).toEqual(["watch", "watch", "gap"]);
  expect(shown[0]?.bars[2]?.text).toBe("North is alone, 48 to 60: the weather holds everybody on the ground");
  expect(shown[4]?.bars.map(({ kind }) => kind)).toEqual(["flown", "charge"]);
});

test("a schedule stays until a message says otherwise", () => {
  const update = (fields: object): Update => readMessage(JSON.stringify({ type: "update", now: 1, ...fields })) as Update;
  const accepted = updated(EMPTY_PICTURE, update({ schedule: { night: NIGHT, by: "anna", at: 5, dropped_out: ["falke-1"], without_plans: ["falke-2 to North at 03:10Z has no plan: too long", 3] } }));
  expect([accepted.schedule?.by, accepted.schedule?.droppedOut]).toEqual(["anna", ["falke-1"]]);
  expect(accepted.schedule?.withoutPlans).toEqual(["falke-2 to North at 03:10Z has no plan: too long"]);
  expect(updated(accepted, update({})).schedule).toBe(accepted.schedule);
  expect(updated(accepted, update({ schedule: { night: null, by: null, at: null, dropped_out: [] } })).schedule).toBeNull();
});

test("what is asked is in whole minutes, and crews go with their vehicle", () => {
  const desk = new ScheduleDesk();
  desk.addPost([10, 54]);
  desk.addPost([10, 54], [], [[10, 54], [10.1, 54], [10.1, 54.1]]);
  desk.toggleVehicle("falke-1");
  desk.addCrew();
  expect(desk.ready).toBe(true);
  const request = desk.request(90_500);
  expect([request["from"], request["to"]]).toEqual([12 * MIN, 12 * MIN + 8 * 60 * MIN]);
  expect(request["posts"]).toMatchObject([{ name: "Post 1", area: [], line: [] }, { name: "Area 2", line: [], spacing_m: 60, area: [[10, 54], [10.1, 54], [10.1, 54.1]] }]);
  expect(request["crews"]).toMatchObject([{ with: "falke-1", from: 12 * MIN, duty_max_min: 240 }]);
  desk.toggleVehicle("falke-1");
  expect([desk.crews.length, desk.ready]).toEqual([0, false]);
});
