/**
 * Runs a command against a live night: `PICKET_SIM=…/picket-sim node test/with-live.mjs COMMAND …` starts the
 * scenario `first-look` with the real programs, sets `PICKET_CONSOLE_URL` and `PICKET_NIGHT_PID`, and stops the night when the command ends.
 */
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";

const READY_MS = 60_000;
const sim = process.env.PICKET_SIM;
if (!sim) throw new Error("PICKET_SIM must be the path of picket-sim");

const folder = mkdtempSync(join(tmpdir(), "picket-live-"));
const night = spawn(sim, ["run", "first-look", "--live", "--port", "0", "--dir", folder], {
  stdio: ["ignore", "pipe", "inherit"],
});
const ended = new Promise((resolve) => night.on("exit", resolve));

/** The address that the night prints. */
async function consoleAddress() {
  const timer = setTimeout(() => night.kill("SIGKILL"), READY_MS);
  for await (const line of createInterface({ input: night.stdout })) {
    const found = /^console: (\S+)$/.exec(line);
    if (!found) continue;
    clearTimeout(timer);
    // What it says later must not fill the pipe and hold it up.
    night.stdout.resume();
    return found[1];
  }
  throw new Error("the night ended before it printed the console's address");
}

const url = await consoleAddress();
const [command, ...rest] = process.argv.slice(2);
const child = spawn(command, rest, { stdio: "inherit", env: { ...process.env, PICKET_CONSOLE_URL: url, PICKET_NIGHT_PID: `${night.pid}` } });
const code = await new Promise((resolve) => child.on("exit", resolve));
night.kill("SIGINT");
await ended;
if (code === 0) rmSync(folder, { recursive: true });
else console.error(`the logs of the night are in ${folder}`);
process.exit(code ?? 1);
