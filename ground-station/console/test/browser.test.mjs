/**
 * The loop a person walks: open the console, see the picture move, acknowledge an alert, approve the cue, and watch
 * the vehicle go to look. Runs against any station, simulated or mock: `PICKET_CONSOLE_URL` is the full address with
 * its fragment. `PICKET_SCREENSHOTS` names a folder for pictures of the steps; `PICKET_ALERT_TIMEOUT_S` how long to
 * wait for the alert.
 */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { openConsole } from "./browser.mjs";

const address = process.env.PICKET_CONSOLE_URL;
const ALERT_MS = 1000 * Number(process.env.PICKET_ALERT_TIMEOUT_S ?? 120);
const STEP_MS = 30_000;
const FLIGHT_MS = 90_000;

let page;
let faults;
let state;
let picture;
let close;

before(async () => {
  ({ page, faults, state, picture, close } = await openConsole(address, STEP_MS));
});

after(() => close?.());

/** Metres, flat: good for the few kilometres of a site. */
function apart([lonA, latA], [lonB, latB]) {
  const north = (latB - latA) * 111_195;
  const east = (lonB - lonA) * 111_195 * Math.cos((latA * Math.PI) / 180);
  return Math.hypot(north, east);
}

test("from an alert to a vehicle that goes to look", async (t) => {
  await t.test("the address signs in, and the key leaves the address bar", async () => {
    await page.goto(address);
    await page.getByTestId("link-state").filter({ hasText: "Connected" }).waitFor();
    assert.equal(new URL(page.url()).hash, "");
    assert.notEqual((await page.getByTestId("operator").textContent()).trim(), "");
  });

  await t.test("the map is drawn, with symbols above it", async () => {
    const chart = await page.locator('[data-testid="chart"] canvas').boundingBox();
    assert.ok(chart.width > 400 && chart.height > 400, `the map is ${chart.width} × ${chart.height}`);
    await page.waitForFunction(() => {
      const canvas = document.querySelector('[data-testid="symbols"]');
      const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
      let painted = 0;
      for (let i = 3; i < data.length; i += 4) if (data[i] > 128) painted += 1;
      return painted > 1000 && window.picketState().symbols.some(({ key }) => key.startsWith("v:"));
    });
    if ((await page.getByTestId("attribution").count()) > 0) {
      assert.match(await page.getByTestId("attribution").textContent(), /OpenStreetMap contributors/);
    }
  });

  await t.test("an own vehicle moves", async () => {
    const first = Object.fromEntries((await state()).vehicles.map(({ id, position }) => [id, position]));
    await page.waitForFunction((before) => {
      const moved = ({ id, position }) =>
        position && before[id] && Math.hypot(position[0] - before[id][0], position[1] - before[id][1]) > 2e-5;
      return window.picketState().vehicles.some(moved);
    }, first);
    await picture("1-watching");
  });

  let alertId;
  await t.test("an alert comes, with a cue", async () => {
    const card = page.locator('[data-testid="alert"]:has([data-testid="cue"][data-state="proposed"])').first();
    await card.waitFor({ timeout: ALERT_MS });
    alertId = await card.getAttribute("data-alert");
    await picture("2-alert");
  });

  const card = () => page.locator(`[data-testid="alert"][data-alert="${alertId}"]`);
  await t.test("acknowledging it says who did", async () => {
    await card().getByTestId("acknowledge").click();
    await card().getByTestId("alert-by").filter({ hasText: "Acknowledged by" }).waitFor();
    const operator = (await page.getByTestId("operator").textContent()).trim();
    assert.ok((await card().getByTestId("alert-by").textContent()).includes(operator));
    await picture("3-acknowledged");
  });

  await t.test("approving the cue sends the vehicle, and it comes nearer", async () => {
    const cueId = await card().getByTestId("cue").getAttribute("data-cue");
    const cue = (await state()).cues.find(({ id }) => id === cueId);
    await card().getByTestId("approve").click();
    await card().getByTestId("cue-by").filter({ hasText: "Approved by" }).waitFor();
    await page.waitForFunction(({ vehicle, id }) => {
      const flown = window.picketState().vehicles.find((one) => one.id === vehicle);
      return flown?.mode === "guided" && flown.cue === id;
    }, cue);
    const from = await distanceOf(cue);
    await card().locator("button").first().click();
    const nearer = Math.max(0, from - Math.max(30, 0.2 * from));
    const deadline = Date.now() + FLIGHT_MS;
    let now = from;
    while (now > nearer) {
      assert.ok(Date.now() < deadline, `${cue.vehicle} was ${from.toFixed(0)} m away and is ${now.toFixed(0)} m away`);
      await page.waitForFunction((before) => window.picketState().now - before > 500, (await state()).now);
      now = await distanceOf(cue);
    }
    await picture("4-on-its-way");
  });

  await t.test("nothing went to another host, nothing broke the policy, nothing failed", async () => {
    assert.deepEqual(faults, []);
    assert.equal((await state()).unreadable, 0);
  });
});

async function distanceOf(cue) {
  const { vehicles, tracks } = await state();
  const vehicle = vehicles.find(({ id }) => id === cue.vehicle);
  const track = tracks.find(({ id }) => id === cue.track);
  assert.ok(vehicle?.position && track, `${cue.vehicle} or track ${cue.track} is gone`);
  return apart(vehicle.position, track.position);
}
