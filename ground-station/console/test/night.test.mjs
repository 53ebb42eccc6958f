/**
 * The night's own business against a live station: the outlook of an intruder, a night that is proposed and accepted, its
 * sorties' plans, and a vehicle that drops out of it. `PICKET_CONSOLE_URL` is the full address with its fragment;
 * `PICKET_SCREENSHOTS` names a folder for pictures of the steps.
 */
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { after, before, test } from "node:test";
import { openConsole } from "./browser.mjs";

const address = process.env.PICKET_CONSOLE_URL;
const ALERT_MS = 1000 * Number(process.env.PICKET_ALERT_TIMEOUT_S ?? 120);
const STEP_MS = 60_000;

let page;
let faults;
let state;
let picture;
let close;

before(async () => {
  ({ page, faults, state, picture, close } = await openConsole(address, STEP_MS));
  await page.emulateMedia({ reducedMotion: "reduce" });
});

after(() => close?.());

/** How many pixels of the map as it is shown are of the orange in which landings are drawn. */
async function orange() {
  const box = await page.getByTestId("chart").boundingBox();
  const shot = (await page.screenshot({ clip: box })).toString("base64");
  const blank = await page.context().browser().newPage();
  const found = await blank.evaluate(async (png) => {
    const picture = await createImageBitmap(await (await fetch(`data:image/png;base64,${png}`)).blob());
    const context = new OffscreenCanvas(picture.width, picture.height).getContext("2d");
    context.drawImage(picture, 0, 0);
    const { data } = context.getImageData(0, 0, picture.width, picture.height);
    let count = 0;
    for (let i = 0; i < data.length; i += 4) if (data[i] > data[i + 1] + 40 && data[i + 1] > data[i + 2] + 25) count += 1;
    return count;
  }, shot);
  await blank.close();
  return found;
}

test("an intruder's outlook, and a night for the fleet", async (t) => {
  await t.test("an operator signs in, and an alert comes with an outlook", async () => {
    await page.goto(address);
    await page.getByTestId("link-state").filter({ hasText: "Connected" }).waitFor();
    await page.getByTestId("alert").first().waitFor({ timeout: ALERT_MS });
    const card = page.getByTestId("alert").first();
    if ((await page.getByTestId("outlook").count()) === 0) await card.locator("button").first().click();
    await page.getByTestId("outlook").first().waitFor();
    await page.getByTestId("outlook-areas").first().waitFor();
    assert.match(await page.getByTestId("outlook-areas").first().textContent(), /%/);
    await page.keyboard.press("f");
    await picture("night-1-outlook");
  });

  await t.test("its regions can be hidden, and are shown again", async () => {
    const toggle = page.getByTestId("outlook-map").first();
    const shown = await orange();
    await toggle.click();
    await toggle.filter({ hasText: "Show" }).waitFor();
    await picture("night-2-outlook-hidden");
    const hidden = await orange();
    assert.ok(shown > hidden + 100, `${shown} orange pixels shown, ${hidden} hidden`);
    await toggle.click();
  });

  await t.test("a night is asked for and proposed, and moves nobody", async () => {
    await page.keyboard.press("p");
    await page.getByTestId("tab-night").click();
    const before = (await state()).vehicles.length;
    // It begins at once, so that the rest of it can be asked for when somebody drops out.
    await page.getByLabel("Begins in, min").fill("0");
    await page.getByTestId("night-post").click();
    await clickChart(0.55, 0.36);
    await page.getByTestId("night-line").click();
    await clickChart(0.58, 0.3);
    await page.getByTestId("night-line-done").filter({ hasText: "1 points" }).waitFor();
    await clickChart(0.61, 0.34);
    await page.getByTestId("night-line-done").filter({ hasText: "2 points" }).waitFor();
    await page.getByTestId("night-line-done").click();
    for (const name of ["Falke 1", "Falke 2"]) await page.getByLabel(name, { exact: true }).check();
    await page.getByTestId("night-crew").click();
    await picture("night-3-asked");
    await page.getByTestId("night-propose").click();
    await page.getByTestId("schedule-proposed").waitFor();
    await page.getByTestId("schedule-proposed").scrollIntoViewIfNeeded();
    await picture("night-4-proposed");
    assert.match(await page.getByTestId("schedule-words").textContent(), /sorties watch/);
    assert.equal((await state()).vehicles.length, before);
  });

  await t.test("accepted it says what is due, and the sorties have their plans", async () => {
    await page.getByTestId("schedule-accept").click();
    await page.getByTestId("schedule").waitFor();
    await page.getByTestId("schedule-due").filter({ hasText: "takes off" }).waitFor();
    await page.getByTestId("schedule").scrollIntoViewIfNeeded();
    await picture("night-5-accepted");
    await page.getByTestId("tab-plans").click();
    const sortie = page.locator('[data-testid="plan"][data-plan^="sortie-"]').first();
    await sortie.waitFor();
    assert.equal(await sortie.getAttribute("data-stage"), "saved", "nobody has sent it");
    await sortie.locator("button").first().click();
    await sortie.getByTestId("send-plan").filter({ hasText: "Send" }).waitFor();
    await picture("night-6-sortie");
  });

  await t.test("a vehicle that is not heard any more drops out, and the rest of the night is proposed without it", async () => {
    await page.getByTestId("tab-night").click();
    silence("falke-1");
    await page.getByTestId("schedule-out").filter({ hasText: "Falke 1" }).waitFor({ timeout: ALERT_MS });
    await picture("night-7-dropped-out");
    await page.getByTestId("schedule-again").click();
    await page.getByTestId("schedule-changes").filter({ hasText: "Falke 1 is out" }).waitFor();
    await page.getByTestId("schedule-proposed").scrollIntoViewIfNeeded();
    await picture("night-8-the-rest");
    await page.getByTestId("schedule-accept").click();
    await page.getByTestId("schedule-out").waitFor({ state: "detached" });
    await page.getByTestId("tab-plans").click();
    await page.locator('[data-testid="plan"][data-plan^="sortie-falke-1"]').first().waitFor({ state: "detached" });
    await picture("night-9-plans-of-the-rest");
  });

  await t.test("nothing went to another host, nothing broke the policy, nothing failed", async () => {
    assert.deepEqual(faults, []);
    assert.equal((await state()).unreadable, 0);
  });
});

async function clickChart(x, y) {
  const box = await page.getByTestId("chart").boundingBox();
  await page.mouse.click(box.x + box.width * x, box.y + box.height * y);
}

/** Ends the computer on board of a vehicle of the night that `PICKET_NIGHT_PID` plays, as a failure would. */
function silence(vehicle) {
  const night = process.env.PICKET_NIGHT_PID;
  assert.ok(night, "PICKET_NIGHT_PID must be the process of the live night");
  const of = (thread) => readFileSync(`/proc/${night}/task/${thread}/children`, "utf8").split(" ").filter(Boolean);
  const children = readdirSync(`/proc/${night}/task`).flatMap(of);
  const words = (pid) => readFileSync(`/proc/${pid}/cmdline`, "utf8").split("\0");
  const board = children.find((pid) => words(pid)[0].endsWith("picket-onboard") && words(pid).some((word) => word.includes(vehicle)));
  assert.ok(board, `no computer on board of ${vehicle} among ${children.join(", ")}`);
  process.kill(Number(board), "SIGKILL");
}
