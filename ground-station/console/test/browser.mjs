/** Debian's Chromium, headless and quiet: no update, no sync, no request of its own. WebGL runs in software. */
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
