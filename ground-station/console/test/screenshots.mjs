/**
 * Pictures of the console in each of its states, from the mock server: `npm run screenshots`. They go to the folder
 * `PICKET_SCREENSHOTS`, or `screenshots` here. For looking at, not for comparing byte by byte.
 */
import { mkdirSync } from "node:fs";
import { openBrowser, watchPage } from "./browser.mjs";
import { mapFile, startMock } from "./mock-server.mjs";

const folder = process.env.PICKET_SCREENSHOTS ?? "screenshots";
const map = mapFile();
mkdirSync(folder, { recursive: true });
const only = process.argv[2];

const SIZES = { small: { width: 1440, height: 900 }, large: { width: 1920, height: 1080 } };

const STATES = {
  "sign-in": {
    address: (mock) => mock.origin,
    see: async (page) => page.getByTestId("sign-in").waitFor(),
  },
  quiet: { mock: { quiet: true }, see: async (page) => settle(page, 6000) },
  alert: { see: async (page) => (await waitForAlert(page), settle(page, 2500)) },
  chosen: {
    see: async (page) => {
      await waitForAlert(page);
      await page.locator('[data-testid="alert"][data-alert="kiel.2"] button').first().click();
      await settle(page, 3000);
    },
  },
  approved: {
    see: async (page) => {
      await waitForAlert(page);
      await page.locator('[data-alert="kiel.2"]').getByTestId("acknowledge").click();
      await page.getByTestId("approve").click();
      await page.locator('[data-alert="kiel.2"] button').first().click();
      await settle(page, 14_000);
    },
  },
  order: {
    see: async (page) => {
      await waitForAlert(page);
      await page.locator('[data-vehicle="kiel-3"] button').first().click();
      await page.getByTestId("order-land").click();
      await settle(page, 1000);
    },
  },
  vessel: {
    see: async (page) => {
      await settle(page, 4000);
      await clickTrack(page, 7);
      await settle(page, 1500);
    },
  },
  contradicted: {
    see: async (page) => {
      await settle(page, 4000);
      await clickTrack(page, 5);
      await settle(page, 1500);
    },
  },
  reconnecting: {
    see: async (page, mock) => {
      await waitForAlert(page);
      mock.cut();
      await settle(page, 4500);
    },
  },
  refused: {
    see: async (page, mock) => {
      await waitForAlert(page);
      mock.scene.refuseNext = "kiel-2 has not enough battery to go there and come home";
      await page.getByTestId("approve").click();
      await settle(page, 800);
    },
  },
  help: {
    see: async (page) => {
      await settle(page, 2000);
      await page.keyboard.press("?");
      await settle(page, 500);
    },
  },
  "no-map": { map: null, see: async (page) => settle(page, 4000) },
};

const settle = (page, ms) => page.waitForTimeout(ms);
const waitForAlert = (page) => page.locator('[data-alert="kiel.2"]').waitFor({ timeout: 30_000 });

async function clickTrack(page, id) {
  const box = await page.getByTestId("symbols").boundingBox();
  const key = `t:${id}`;
  const { x, y } = await page.evaluate((wanted) => window.picketState().symbols.find((one) => one.key === wanted), key);
  await page.mouse.click(box.x + x, box.y + y);
}

const browser = await openBrowser();
for (const [name, state] of Object.entries(STATES)) {
  if (only && !only.split(",").includes(name)) continue;
  for (const [size, viewport] of Object.entries(SIZES)) {
    if (process.argv[3] && process.argv[3] !== size) continue;
    const mock = await startMock({ map: "map" in state ? state.map : map, ...state.mock });
    const page = await browser.newPage({ viewport });
    const faults = watchPage(page, mock.origin);
    await page.goto(state.address?.(mock) ?? mock.url);
    await state.see(page, mock);
    await page.screenshot({ path: `${folder}/${name}-${size}.png` });
    console.log(`${folder}/${name}-${size}.png`, faults.length === 0 ? "" : faults);
    await page.close();
    await mock.close();
  }
}
await browser.close();
