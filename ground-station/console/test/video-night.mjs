/**
 * A room and a camera for the video tests, each the real program: `picket serve`, and `picket-sensor camera` that plays a
 * film of the simulated port, from a drone that follows another, over and over. A vehicle of the room's is never there: an order
 * to it raises an alert, of which the camera keeps a clip. The programs lie beside each other; `PICKET_SIM` names one of them.
 */
import { execFileSync, spawn } from "node:child_process";
import { createHash, randomBytes } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { createInterface } from "node:readline";

export const CAMERA = "mast-1";
/** Small, so that a busy machine of two cores keeps up with it. */
const [WIDTH, HEIGHT, RATE] = [480, 272, 12];
const READY_MS = 60_000;

/** Starts both; gives the console's address, what the camera said so far, and how to end it. */
export async function startVideoNight() {
  const sim = process.env.PICKET_SIM;
  if (!sim) throw new Error("PICKET_SIM must be the path of picket-sim, beside picket and picket-sensor");
  const programs = dirname(sim);
  const folder = mkdtempSync(join(tmpdir(), "picket-video-"));
  const film = join(folder, "film.y4m");
  const shot = ["--vehicle", "falke-2", "--look", "intruder", "--at", "150", "--duration", "4"];
  const size = ["--size", `${WIDTH}x${HEIGHT}`, "--fps", `${RATE}`, "--overlay", "--out", film];
  execFileSync(sim, ["camera", "kiel-night", ...shot, ...size], { stdio: "ignore" });

  const key = randomBytes(32).toString("hex");
  const endpoint = `tcp/127.0.0.1:${await freePort()}`;
  writeFileSync(join(folder, "station.toml"), station(key, endpoint));
  writeFileSync(join(folder, "camera.toml"), camera(film, join(folder, "kept"), endpoint));
  const room = started(join(programs, "picket"), ["serve", "--config", join(folder, "station.toml")]);
  const address = await room.says(/^console: (\S+)$/);
  const sensor = started(join(programs, "picket-sensor"), ["camera", "--config", join(folder, "camera.toml")]);
  await sensor.says(new RegExp(`^${CAMERA} watches$`));
  const stop = async () => {
    await Promise.all([sensor.stop(), room.stop()]);
    rmSync(folder, { recursive: true });
  };
  return { url: `${address}#operator=anna&key=${key}`, camera: sensor, stop };
}

function station(key, endpoint) {
  return `
site = "kiel-holtenau"
listen = "127.0.0.1:0"
simulated = true
store = "station.db"
bus = { listen = ["${endpoint}"] }
evidence = { folder = "evidence", total_mib = 256 }

[[vehicle]]
id = "falke-1"
name = "Falke 1"
kind = "multirotor"

[[operator]]
id = "anna"
name = "Anna Berg"
key_sha256 = "${createHash("sha256").update(key).digest("hex")}"

[[sensor]]
id = "${CAMERA}"
kind = "camera"
position = [10.144, 54.3639]
altitude = { amsl_m = 30 }
period_s = ${1 / RATE}
range_m = [50, 8000]
sigma = { azimuth_deg = 0.1, elevation_deg = 0.1 }
`;
}

function camera(film, kept, endpoint) {
  return `
[camera]
source = { film = "${film}" }
focal_px = [1361, 1361]
centre_px = [${(WIDTH - 1) / 2}, ${(HEIGHT - 1) / 2}]
azimuth_deg = 80
elevation_deg = 1
sigma_deg = 0.1
[detectors]
threads = 1
[video]
live = true
rate = ${RATE}
evidence = { folder = "${kept}", before_s = 2, after_s = 2 }
[sensor]
id = "${CAMERA}"
kind = "camera"
position = [10.144, 54.3639]
altitude = { amsl_m = 30 }
undulation_m = 39
period_s = ${1 / RATE}
range_m = [50, 8000]
[bus]
site = "kiel-holtenau"
connect = ["${endpoint}"]
`;
}

/** A program; `says` waits for a line of its and gives what the pattern's first group found in it. */
function started(program, parameters) {
  // Without colours in its lines, whatever terminal this runs in.
  const env = { ...process.env, NO_COLOR: "1" };
  const child = spawn(program, parameters, { stdio: ["ignore", "pipe", "pipe"], env });
  const ended = new Promise((resolve) => child.on("exit", resolve));
  const [lines, waiting] = [[], new Set()];
  const hear = (line) => {
    lines.push(line);
    for (const wake of waiting) wake();
  };
  createInterface({ input: child.stdout }).on("line", hear);
  createInterface({ input: child.stderr }).on("line", hear);
  const says = (pattern) =>
    new Promise((resolve, reject) => {
      const timer = setTimeout(() => fail(`never said ${pattern}`), READY_MS);
      const fail = (why) => reject(new Error(`${program} ${why}; it said:\n${lines.join("\n")}`));
      const look = () => {
        const found = lines.map((line) => pattern.exec(line)).find(Boolean);
        if (!found) return;
        clearTimeout(timer);
        waiting.delete(look);
        resolve(found[1] ?? found[0]);
      };
      waiting.add(look);
      void ended.then((code) => fail(`ended with ${code}`));
      look();
    });
  const stop = async () => {
    child.kill("SIGINT");
    await ended;
    return lines;
  };
  return { says, stop, lines };
}

function freePort() {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.on("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });
}
