/** Debian's Chromium, headless and quiet: no update, no sync, no request of its own. WebGL runs in software. */
import assert from "node:assert/strict";
import { mkdirSync } from "node:fs";
import { chromium } from "playwright-core";

const ARGUMENTS = [
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
  "--use-angle=swiftshader",
  "--enable-unsafe-swiftshader",
  "--ignore-gpu-blocklist",
];

export function openBrowser() {
  // Chromium refuses its sandbox to root, which is who runs tests in a container.
  const asRoot = process.getuid?.() === 0;
  return chromium.launch({
    executablePath: process.env.PICKET_CHROMIUM ?? "/usr/bin/chromium",
    chromiumSandbox: !asRoot,
    args: ARGUMENTS,
  });
}

/** Notes everything that must not happen on the page: foreign requests, policy violations, errors. */
export function watchPage(page, origin) {
  const faults = [];
  page.on("request", (request) => {
    const url = new URL(request.url());
    const local = url.origin === origin || url.protocol === "data:" || url.protocol === "blob:";
    if (!local) faults.push(`request to another host: ${request.url()}`);
  });
  page.on("websocket", (line) => {
    if (new URL(line.url()).host !== new URL(origin).host) faults.push(`WebSocket to another host: ${line.url()}`);
  });
  page.on("console", (message) => {
    if (message.type() === "error") faults.push(`console error: ${message.text()} (${message.location().url})`);
  });
  page.on("pageerror", (error) => faults.push(`uncaught: ${error.message}`));
  return faults;
}

/**
 * A page in a usual window, watched for what must not happen on it. `picture` keeps what it shows where
 * `PICKET_SCREENSHOTS` names a folder; `state` is what the console exposes of itself.
 */
export async function openConsole(address, stepMs) {
  assert.ok(address, "PICKET_CONSOLE_URL must be the address that the station printed, with its fragment");
  const folder = process.env.PICKET_SCREENSHOTS ?? null;
  if (folder) mkdirSync(folder, { recursive: true });
  const browser = await openBrowser();
  const page = await browser.newPage({ viewport: { width: 1440, height: 900 } });
  page.setDefaultTimeout(stepMs);
  return {
    page,
    faults: watchPage(page, new URL(address).origin),
    state: () => page.evaluate(() => window.picketState()),
    picture: async (name) => folder && page.screenshot({ path: `${folder}/${name}.png` }),
    close: () => browser.close(),
  };
}
