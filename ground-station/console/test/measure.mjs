/**
 * What one update of many symbols costs the page: reading the message, applying it, painting it. Prints milliseconds
 * of the main thread; `npm run measure [symbols]`. Printed, not asserted: it depends on the machine.
 */
import { openBrowser } from "./browser.mjs";
import { mapFile, startMock } from "./mock-server.mjs";

const SYMBOLS = Number(process.argv[2] ?? 1000);
const UPDATES = 100;

const mock = await startMock({ map: mapFile(), symbols: SYMBOLS });
const browser = await openBrowser();
const page = await browser.newPage({ viewport: { width: 1920, height: 1080 } });
// Every painting begins with clearing the canvas; that marks the frames to measure.
await page.addInitScript(() => {
  const clear = CanvasRenderingContext2D.prototype.clearRect;
  CanvasRenderingContext2D.prototype.clearRect = function (...area) {
    window.paintedSince = true;
    clear.apply(this, area);
  };
});
await page.goto(mock.url);
await page.waitForFunction((wanted) => window.picketState().symbols.length >= wanted, SYMBOLS, { timeout: 60_000 });
// Let the map finish its tiles: what is measured is an update, not the start.
await page.waitForTimeout(8000);

/** With reading back a pixel, so that what the canvas put off is counted as well. */
const flushed = await page.evaluate(async (count) => {
  const canvas = document.querySelector('[data-testid="symbols"]');
  const ctx = canvas.getContext("2d");
  const times = [];
  while (times.length < count) {
    window.paintedSince = false;
    while (!window.paintedSince) await new Promise((painted) => requestAnimationFrame(painted));
    const started = performance.now();
    ctx.getImageData(0, 0, 1, 1);
    times.push(performance.now() - started);
  }
  return times;
}, UPDATES);

const { applied_ms, painted_ms, symbols } = await page.evaluate(() => window.picketState());
const quantile = (times, q) => [...times].sort((a, b) => a - b)[Math.min(times.length - 1, Math.floor(q * times.length))];
const row = (name, times) =>
  console.log(`${name.padEnd(34)} p50 ${quantile(times, 0.5).toFixed(1).padStart(6)} ms   p95 ${quantile(times, 0.95).toFixed(1).padStart(6)} ms   (${times.length})`);

console.log(`${symbols.length} symbols at 1920 × 1080, one update every 200 ms`);
row("message: read and applied", applied_ms.slice(-UPDATES));
row("painting: marks, symbols, labels", painted_ms.slice(-UPDATES));
row("drawing that the canvas put off", flushed);
const sum = [0.5, 0.95].map((q) => quantile(applied_ms.slice(-UPDATES), q) + quantile(painted_ms.slice(-UPDATES), q) + quantile(flushed, q));
console.log(`sum of the three                   p50 ${sum[0].toFixed(1).padStart(6)} ms   p95 ${sum[1].toFixed(1).padStart(6)} ms`);

await browser.close();
await mock.close();
