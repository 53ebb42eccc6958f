/** What the console does when things go wrong or the operator does otherwise, against the mock server. */
import assert from "node:assert/strict";
import { after, before, beforeEach, afterEach, test } from "node:test";
import { openBrowser, watchPage } from "./browser.mjs";
import { outlookOf, scheduleFrom } from "./mock-outlook.mjs";
import { mapFile, startMock } from "./mock-server.mjs";

let browser;
let mock;
let page;

before(async () => {
  browser = await openBrowser();
});

after(() => browser?.close());

beforeEach(async () => {
  mock = await startMock({ map: mapFile() });
  page = await browser.newPage({ viewport: { width: 1440, height: 900 } });
  page.setDefaultTimeout(30_000);
});

afterEach(async () => {
  await page.close();
  await mock.close();
});

const zoneAlert = () => page.locator('[data-alert="kiel.2"]');
const connected = () => page.getByTestId("link-state").filter({ hasText: "Connected" }).waitFor();

test("a lost line is said, everything is refused meanwhile, and it comes back by itself", async () => {
  await page.goto(mock.url);
  await zoneAlert().waitFor();
  mock.cut();
  await page.getByTestId("stale").filter({ hasText: "No live data" }).waitFor();
  assert.ok(await page.getByTestId("approve").isDisabled());
  mock.mend();
  await connected();
  await page.getByTestId("stale").waitFor({ state: "detached" });
  assert.ok(await page.getByTestId("approve").isEnabled());
});

test("a station started anew, which knows no session, is joined again without a person", async () => {
  await page.goto(mock.url);
  await connected();
  mock.forgetSessions();
  await page.getByTestId("link-state").filter({ hasText: "Reconnecting" }).waitFor();
  await connected();
  assert.equal(await page.getByTestId("sign-in").count(), 0);
});

test("a session that is over leads back to the form, and nothing of the picture stays", async () => {
  await page.goto(mock.url);
  await connected();
  mock.endSessions();
  await page.getByTestId("sign-in").waitFor();
  assert.match(await page.getByTestId("sign-in-note").textContent(), /session is over/);
  assert.equal(await page.getByTestId("alert").count(), 0);
  assert.equal((await page.evaluate(() => window.picketState())).vehicles.length, 0);
});

test("a wrong key is refused at the form, the right one opens the room", async () => {
  await page.goto(mock.origin);
  const form = page.getByTestId("sign-in");
  const { operator, key } = Object.fromEntries(new URLSearchParams(new URL(mock.url).hash.slice(1)));
  await form.getByLabel("Operator").fill(operator);
  await form.getByLabel("Key").fill("wrong");
  await form.getByRole("button", { name: "Sign in" }).click();
  await page.getByTestId("sign-in-note").filter({ hasText: "not known" }).waitFor();
  await form.getByLabel("Key").fill(key);
  await form.getByRole("button", { name: "Sign in" }).click();
  await connected();
});

test("a refusal is shown with its reason", async () => {
  await page.goto(mock.url);
  await zoneAlert().waitFor();
  mock.scene.refuseNext = "not enough battery to come home";
  await page.getByTestId("approve").click();
  await page.getByTestId("notices").filter({ hasText: "refused. not enough battery to come home" }).waitFor();
  assert.equal(await page.getByTestId("cue").getAttribute("data-state"), "proposed");
});

test("an order takes two presses", async () => {
  await page.goto(mock.url);
  await connected();
  const card = page.locator('[data-vehicle="kiel-1"]');
  await card.locator("button").first().click();
  await card.getByTestId("order-pause").click();
  assert.equal(await card.getAttribute("data-mode"), "mission");
  await card.getByTestId("order-pause-confirm").click();
  await page.locator('[data-vehicle="kiel-1"][data-mode="hold"]').waitFor();
});

test("the keyboard walks through the alerts and acknowledges", async () => {
  await page.goto(mock.url);
  await zoneAlert().waitFor();
  await page.keyboard.press("j");
  await page.locator('[data-alert="kiel.2"][aria-current="true"]').waitFor();
  await page.keyboard.press("j");
  await page.locator('[data-alert="kiel.1"][aria-current="true"]').waitFor();
  await page.keyboard.press("k");
  await page.keyboard.press("a");
  await page.locator('[data-alert="kiel.2"][data-state="acknowledged"]').waitFor();
  await page.keyboard.press("?");
  await page.getByTestId("help-dialog").getByRole("heading", { name: "Keys and symbols" }).waitFor();
});

test("a symbol on the map shows what it is and can be chosen", async () => {
  const faults = watchPage(page, mock.origin);
  await page.goto(mock.url);
  await connected();
  await page.waitForFunction(() => window.picketState().symbols.some(({ key }) => key === "t:7"));
  const box = await page.getByTestId("symbols").boundingBox();
  const at = await page.evaluate(() => window.picketState().symbols.find(({ key }) => key === "t:7"));
  await page.mouse.move(box.x + at.x, box.y + at.y);
  await page.getByTestId("tooltip").filter({ hasText: "not measured" }).waitFor();
  await page.mouse.click(box.x + at.x, box.y + at.y);
  await page.getByTestId("details").filter({ hasText: "Says of itself (AIS)" }).waitFor();
  assert.deepEqual(faults, []);
});

test("a harbour round is asked for with its berths, and with when a vessel arrives", async () => {
  const asked = [];
  await page.route("**/api/plans/propose", async (route) => {
    asked.push(route.request().postDataJSON());
    await route.fulfill({ status: 202, json: { proposal: 7 } });
  });
  const proposal = { proposal: 7, state: "done", progress: 1, summary: "2 of 2 calls are visited", ways: [], plans: [] };
  await page.route("**/api/plans/proposals/7", (route) => route.fulfill({ json: proposal }));
  await page.goto(mock.url);
  await connected();
  await page.keyboard.press("p");
  await page.getByTestId("plan-kind").selectOption("harbour_round");
  const vehicles = page.locator('[data-testid^="plan-vehicle-"]');
  for (const n of [0, 1]) await vehicles.nth(n).click();
  await drawTwo("berths");
  await page.getByTestId("plan-berths").getByLabel("comes in, min").nth(1).fill("25");
  await page.getByTestId("plan-apart").fill("60");
  await page.getByTestId("plan-look").fill("2");
  await page.getByTestId("plan-propose").click();
  await page.getByTestId("proposal").filter({ hasText: "2 of 2 calls" }).waitFor();
  const [request] = asked;
  assert.equal(request.kind, "harbour_round");
  assert.equal(request.vehicles.length, 2, "several share it");
  assert.equal(request.drawn.length, 2);
  assert.deepEqual(request.arrivals_min, [0, 25]);
  assert.deepEqual([request.apart_m, request.look_s], [60, 120]);
  await picture("harbour");

  // What one vehicle does alone leaves one of them.
  await page.getByTestId("plan-kind").selectOption("stakeout");
  await page.getByTestId("plan-kind").selectOption("orbit");
  assert.equal(await page.locator('[data-testid^="plan-vehicle-"][aria-pressed="true"]').count(), 1);
  await page.getByTestId("plan-kind").selectOption("corridor");
  await drawTwo("points");
  await picture("corridor");
});

/** The same room, with what it says ahead. */
async function withAhead(ahead) {
  await mock.close();
  mock = await startMock({ map: mapFile(), ahead });
  await page.goto(mock.url);
}

test("an outlook's words stand beside its places and clear of the intruder's own", async () => {
  await withAhead(outlookOf());
  await zoneAlert().waitFor();
  await zoneAlert().locator("button").first().click();
  await page.getByTestId("outlook-areas").filter({ hasText: "41 %" }).waitFor();
  await page.keyboard.press("f");
  await page.waitForFunction(() => window.picketState().labels.some(({ title }) => title === "from here 60 %"));
  const labels = await page.evaluate(() => window.picketState().labels);
  const own = labels.find(({ title }) => title.startsWith("T17"));
  const ahead = labels.filter(({ title }) => /%|Streife/.test(title));
  assert.ok(own && ahead.length === 5, JSON.stringify(labels));
  const apart = (a, b) => a.left >= b.left + b.width || b.left >= a.left + a.width || a.top >= b.top + b.height || b.top >= a.top + a.height;
  for (const one of ahead) assert.ok(labels.every((other) => other === one || apart(one, other)), `${one.title} covers another`);
  await picture("outlook");
});

test("what drifts with the wind is told as a balloon, with the wind and how old that is", async () => {
  await withAhead(outlookOf({ balloon: true }));
  await zoneAlert().waitFor();
  await zoneAlert().locator("button").first().click();
  await page.getByTestId("outlook-drift").filter({ hasText: "taken for a balloon. Wind from 095°, 5.0 m/s, reported 12 min ago" }).waitFor();
  await page.getByTestId("outlook-areas").filter({ hasText: "On its way down the wind" }).waitFor();
  await picture("balloon");
});

test("before a night it is all of it that is proposed anew, and after it nothing is", async () => {
  const faults = watchPage(page, mock.origin);
  await withAhead(scheduleFrom(30));
  await connected();
  await page.keyboard.press("p");
  await page.getByTestId("tab-night").click();
  await page.getByTestId("schedule-again").filter({ hasText: "Propose the night anew" }).waitFor();
  await picture("night-before");
  await withAhead(scheduleFrom(-60));
  await connected();
  await page.keyboard.press("p");
  await page.getByTestId("tab-night").click();
  await page.getByTestId("schedule-again").filter({ hasText: "Propose the rest of the night" }).waitFor();
  await picture("night-during");
  await withAhead(scheduleFrom(-130));
  await connected();
  await page.keyboard.press("p");
  await page.getByTestId("tab-night").click();
  await page.getByTestId("schedule-out").filter({ hasText: "The night is over" }).waitFor();
  assert.equal(await page.getByTestId("schedule-again").count(), 0);
  assert.deepEqual(faults.filter((fault) => !fault.startsWith("WebSocket") && !fault.startsWith("request")), []);
});

/** Clicks twice on the map, and says that this was all. */
async function drawTwo(what) {
  await page.getByTestId("plan-draw").click();
  const box = await page.getByTestId("chart").boundingBox();
  for (const [n, [x, y]] of [[0.5, 0.35], [0.64, 0.5]].entries()) {
    await page.mouse.click(box.x + box.width * x, box.y + box.height * y);
    const seen = what === "points" && n === 0 ? "1 more" : `${n + 1} ${what}`;
    await page.getByTestId("plan-hint").filter({ hasText: seen }).waitFor();
  }
  await page.getByTestId("plan-done").click();
}

const picture = (name) => process.env.PICKET_SCREENSHOTS && page.screenshot({ path: `${process.env.PICKET_SCREENSHOTS}/${name}.png` });
