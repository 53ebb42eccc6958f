/**
 * Planning against a live station: a drawn area becomes a plan; a plan that the pre-flight check is against is not sent,
 * neither by the page nor past it; with a supervisor's override it is. `PICKET_CONSOLE_URL` is the full address with its
 * fragment, of an operator who is a supervisor; `PICKET_SCREENSHOTS` names a folder for pictures of the steps.
 */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { openConsole } from "./browser.mjs";

const address = process.env.PICKET_CONSOLE_URL;
const STEP_MS = 30_000;

let page;
let faults;
let state;
let picture;
let close;

before(async () => {
  ({ page, faults, state, picture, close } = await openConsole(address, STEP_MS));
});

after(() => close?.());

test("from a drawing to a plan that flies only when it may", async (t) => {
  await t.test("an operator signs in, and the vehicles are there", async () => {
    await page.goto(address);
    await page.getByTestId("link-state").filter({ hasText: "Connected" }).waitFor();
    await page.waitForFunction(() => window.picketState().vehicles.some(({ position }) => position !== null));
  });

  await t.test("a drawn area becomes a plan, which moves nothing", async () => {
    await page.keyboard.press("p");
    await page.getByTestId("planning").waitFor();
    // One that is on a look is not given another plan.
    const free = (await state()).vehicles.find(({ mode, cue }) => mode !== "guided" && cue === null);
    await propose(free.id, "135");
    await page.getByTestId("proposal").getByTestId("findings").locator('[data-rule="buffer"]').waitFor();
    await picture("plan-1-proposed");
    await page.getByTestId("plan-save").click();
    await page.getByTestId("to-plans").click();
    await savedPlan().waitFor();
  });

  await t.test("a plan with a violation cannot be sent", async () => {
    await savedPlan().getByTestId("findings").waitFor();
    assert.ok(await savedPlan().getByTestId("send-plan").isDisabled());
    // Nor past the page: the station refuses it itself.
    const plan = await savedPlan().getAttribute("data-plan");
    const answer = await askPastThePage({ type: "send_plan", plan, start: null });
    assert.equal(answer.type, "refused");
    assert.match(answer.reason, /pre-flight check is against it.*A supervisor may override/s);
    await picture("plan-2-held");
  });

  await t.test("with a supervisor's override and a reason it can", async () => {
    const plan = await savedPlan().getAttribute("data-plan");
    const card = page.locator(`[data-testid="plan"][data-plan="${plan}"]`);
    assert.ok(await card.getByTestId("override-plan").isDisabled(), "without a reason nothing is overridden");
    await card.getByTestId("override-reason").fill("a boat is sinking");
    await confirm(card, "override-plan");
    await card.getByTestId("override").filter({ hasText: "a boat is sinking" }).waitFor();
    const operator = (await page.getByTestId("operator").textContent()).trim();
    assert.ok((await card.getByTestId("override").textContent()).includes(operator), "with the name");
    await confirm(card, "send-plan");
    await page.waitForFunction((id) => {
      const stage = document.querySelector(`[data-testid="plan"][data-plan="${id}"]`)?.dataset.stage;
      return ["pausing", "planning", "starting", "started", "waiting"].includes(stage);
    }, plan);
    await picture("plan-3-overridden");
  });

  await t.test("with its camera the height is chosen, and the answer says why", async () => {
    await page.getByTestId("tab-new").click();
    await page.getByTestId("plan-with-camera").check();
    assert.equal(await page.getByTestId("plan-height").count(), 0, "nobody is asked for it");
    await drawArea();
    await page.getByTestId("plan-pixel").fill("8");
    await page.getByTestId("plan-propose").click();
    await page.getByTestId("proposal").filter({ hasText: "a pixel covers" }).filter({ hasText: "most ground is seen" }).waitFor();
    await picture("plan-4-camera");
    await page.getByTestId("plan-pixel").fill("0.2");
    await page.getByTestId("plan-propose").click();
    await page.getByTestId("plan-refused").filter({ hasText: "a pixel covers" }).waitFor();
  });

  await t.test("a patrol by risk says what each weight did, and its map can be hidden", async () => {
    await page.getByTestId("tab-new").click();
    await page.getByTestId("plan-kind").selectOption("risk_patrol");
    await page.getByTestId("plan-height").fill("80");
    await page.getByTestId("plan-draw").click();
    await drawOnChart([[0.52, 0.32], [0.66, 0.4]], (drawn) => (drawn < 2 ? "1 more" : "2 points"));
    await page.getByTestId("plan-done").click();
    await page.getByTestId("plan-propose").click();
    await page.getByTestId("risk-said-incidents").filter({ hasText: /say.*know/ }).waitFor();
    assert.match(await page.getByTestId("risk-said-concealment").textContent(), /says not known/, "what nobody knows is not guessed");
    assert.match(await page.getByTestId("risk-said-darkness").textContent(), /sun .* moon .* lit/);
    await page.getByTestId("proposal").filter({ hasText: "nobody foresees" }).waitFor();
    await picture("plan-5-risk");
    await page.getByTestId("risk-shown").uncheck();
    await picture("plan-6-risk-hidden");
  });

  await t.test("nothing went to another host, nothing broke the policy, nothing failed", async () => {
    assert.deepEqual(faults, []);
    assert.equal((await state()).unreadable, 0);
  });
});

const savedPlan = () => page.locator('[data-testid="plan"][data-stage="saved"]').first();

/** Draws an area and asks for a plan at a height. */
async function propose(vehicle, height) {
  await page.emulateMedia({ reducedMotion: "reduce" });
  await page.keyboard.press("f");
  await page.getByTestId("tab-new").click();
  await page.getByTestId(`plan-vehicle-${vehicle}`).click();
  // Its camera is known, and would choose the height.
  await page.getByTestId("plan-with-camera").uncheck();
  await page.getByTestId("plan-height").fill(height);
  await drawArea();
  await page.getByTestId("plan-propose").click();
}

/** Draws an area north-east of the middle of the map. */
async function drawArea() {
  await page.getByTestId("plan-draw").click();
  const area = [[0.55, 0.3], [0.68, 0.3], [0.68, 0.42], [0.55, 0.42]];
  await drawOnChart(area, (drawn) => (drawn < 3 ? `${3 - drawn} more` : `${drawn} points`));
  await page.getByTestId("plan-done").click();
}

/** Clicks places on the chart, shares of its width and height; `hint` is what the form says after so many. */
async function drawOnChart(places, hint) {
  const box = await page.getByTestId("chart").boundingBox();
  for (const [n, [x, y]] of places.entries()) {
    await page.mouse.click(box.x + box.width * x, box.y + box.height * y);
    // A double click would zoom: each point is seen before the next.
    await page.getByTestId("plan-hint").filter({ hasText: hint(n + 1) }).waitFor();
  }
}

/** Presses a button that asks back, and confirms. */
async function confirm(card, testid) {
  await card.getByTestId(testid).click();
  await card.getByTestId(`${testid}-confirm`).click();
}

/** Asks the station over a socket of its own, as somebody who does not use the page's buttons would. */
function askPastThePage(request) {
  return page.evaluate(
    (wanted) =>
      new Promise((resolve, reject) => {
        const line = new WebSocket(`ws://${location.host}/ws`);
        line.onerror = () => reject(new Error("no line"));
        line.onmessage = ({ data }) => {
          const message = JSON.parse(data);
          if (message.type === "snapshot") line.send(JSON.stringify({ ...wanted, request: 77 }));
          if (message.request !== 77) return;
          line.close();
          resolve(message);
        };
      }),
    request,
  );
}
