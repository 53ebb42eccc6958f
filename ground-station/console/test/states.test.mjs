/** What the console does when things go wrong or the operator does otherwise, against the mock server. */
import assert from "node:assert/strict";
import { after, before, beforeEach, afterEach, test } from "node:test";
import { openBrowser, watchPage } from "./browser.mjs";
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
  await page.getByTestId("plan-berths").getByLabel("Berth 2").fill("25");
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
