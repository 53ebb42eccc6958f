/**
 * A stand-in for the station: serves the built page under its content security policy, a session, a site, the map and
 * a WebSocket that plays `mock-scene.mjs`. For the console's own tests only.
 *
 * Run by hand: `npm run mock` prints the address to open. `PICKET_MAP` names the PMTiles file to serve; else it is the
 * one shipped with the missions, and where there is none the site has no map. `PICKET_MOCK_PORT` chooses the port, `--quiet` a night without an intruder.
 */
import { createReadStream, existsSync, readdirSync, statSync } from "node:fs";
import { createServer } from "node:http";
import { extname, join, normalize } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { WebSocketServer } from "ws";
import { MockScene, SITE } from "./mock-scene.mjs";

const DIST = fileURLToPath(new URL("../dist", import.meta.url));
const SHIPPED = fileURLToPath(new URL("../../../missions/files", import.meta.url));
const KEY = "open-sesame";
const UPDATE_MS = 200;

export const CSP =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; media-src blob:; connect-src 'self'; " +
  "worker-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'";

const TYPES = { ".html": "text/html; charset=utf-8", ".js": "text/javascript", ".css": "text/css", ".svg": "image/svg+xml" };

/** The map to serve: a path, or null. */
export function mapFile() {
  if (process.env.PICKET_MAP) return process.env.PICKET_MAP;
  if (!existsSync(SHIPPED)) return null;
  const found = readdirSync(SHIPPED, { recursive: true }).find((path) => path.endsWith("kiel.pmtiles"));
  return found ? join(SHIPPED, found) : null;
}

/**
 * Starts on a free port of this machine. The answer's `cut()` drops the line and refuses new ones until `mend()`;
 * `forgetSessions()` is what a station does that was killed and started anew, `endSessions()` what one does whose
 * sessions have run out. `ahead` is what every snapshot says besides: of `mock-outlook.mjs`.
 */
export async function startMock({ map = null, quiet = false, symbols = 0, intruderAheadS, port = 0, updateMs = UPDATE_MS, site = {}, ahead = {} } = {}) {
  const scene = new MockScene({ quiet, symbols, ...(intruderAheadS === undefined ? {} : { intruderAheadS }) });
  const started = performance.now();
  const seconds = () => (performance.now() - started) / 1000;
  const sessions = new Set();
  let isCut = false;

  const server = createServer((request, response) => {
    if (isCut) {
      request.socket.destroy();
      return;
    }
    answer(request, response).catch((error) => {
      console.error(error);
      response.writeHead(500).end();
    });
  });

  const signedIn = (request) => sessions.has(/picket_session=(\w+)/.exec(request.headers.cookie ?? "")?.[1]);

  async function answer(request, response) {
    response.setHeader("content-security-policy", CSP);
    response.setHeader("x-content-type-options", "nosniff");
    const { pathname } = new URL(request.url, "http://localhost");
    if (pathname === "/api/session") return session(request, response);
    if (pathname === "/api/site") {
      return signedIn(request) ? json(response, 200, { ...SITE, map: map ? SITE.map : null, ...site }) : json(response, 401, { error: "sign in" });
    }
    if (pathname === "/api/cameras") return signedIn(request) ? json(response, 200, { cameras: [] }) : json(response, 401, { error: "sign in" });
    if (pathname === "/api/zones") return signedIn(request) ? json(response, 200, { zones: [] }) : json(response, 401, { error: "sign in" });
    if (pathname === SITE.map && map) return file(request, response, map);
    const path = normalize(join(DIST, pathname === "/" ? "index.html" : pathname));
    if (!path.startsWith(DIST) || !existsSync(path) || !statSync(path).isFile()) return json(response, 404, { error: "not here" });
    return file(request, response, path);
  }

  async function session(request, response) {
    if (request.method === "GET") {
      return signedIn(request) ? json(response, 200, { operator: SITE.operators[0] }) : json(response, 401, { error: "not signed in" });
    }
    if (request.method === "DELETE") {
      sessions.clear();
      return response.writeHead(204).end();
    }
    let body = "";
    for await (const chunk of request) body += chunk;
    const { operator, key } = JSON.parse(body);
    if (operator !== SITE.operators[0].id || key !== KEY) return json(response, 401, { error: "unknown operator or key" });
    const token = `t${Math.round(started)}${sessions.size}`;
    sessions.add(token);
    return response.writeHead(204, { "set-cookie": `picket_session=${token}; HttpOnly; SameSite=Strict; Path=/` }).end();
  }

  const sockets = new WebSocketServer({ noServer: true });
  server.on("upgrade", (request, socket, head) => {
    if (isCut || !signedIn(request)) {
      socket.destroy();
      return;
    }
    sockets.handleUpgrade(request, socket, head, (line) => {
      const s = seconds();
      scene.step(s);
      send(line, {
        type: "snapshot",
        now: scene.now(s),
        simulated: true,
        operator: SITE.operators[0],
        vehicles: scene.vehicles(s),
        tracks: scene.tracks(s),
        alerts: [...scene.alerts.values()],
        cues: [...scene.cues.values()],
        ...ahead,
      });
      line.on("message", (data) => {
        const request = JSON.parse(String(data));
        const why = scene.ask(request, SITE.operators[0].id, seconds());
        send(line, why === null ? { type: "done", request: request.request } : { type: "refused", request: request.request, reason: why });
      });
    });
  });

  const timer = setInterval(() => {
    const s = seconds();
    scene.step(s);
    const update = { type: "update", now: scene.now(s), vehicles: scene.vehicles(s), tracks: scene.tracks(s), tracks_removed: [], ...scene.takeChanged() };
    for (const line of sockets.clients) send(line, update);
  }, updateMs);

  await new Promise((listening) => server.listen(port, "127.0.0.1", listening));
  const origin = `http://127.0.0.1:${server.address().port}`;
  return {
    origin,
    url: `${origin}/#operator=${SITE.operators[0].id}&key=${KEY}`,
    scene,
    cut() {
      isCut = true;
      for (const line of sockets.clients) line.terminate();
    },
    mend() {
      isCut = false;
    },
    forgetSessions() {
      sessions.clear();
      for (const line of sockets.clients) line.terminate();
    },
    endSessions() {
      sessions.clear();
      for (const line of sockets.clients) line.close(1008, "the session has ended");
    },
    async close() {
      clearInterval(timer);
      for (const line of sockets.clients) line.terminate();
      server.closeAllConnections();
      await new Promise((closed) => server.close(closed));
    },
  };
}

function send(line, message) {
  if (line.readyState === line.OPEN) line.send(JSON.stringify(message));
}

function json(response, status, body) {
  response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
}

/** A file, or the part of it that was asked for. */
function file(request, response, path) {
  const { size } = statSync(path);
  const type = TYPES[extname(path)] ?? "application/octet-stream";
  const range = /^bytes=(\d+)-(\d*)$/.exec(request.headers.range ?? "");
  if (!range) {
    response.writeHead(200, { "content-type": type, "content-length": size, "accept-ranges": "bytes" });
    createReadStream(path).pipe(response);
    return;
  }
  const from = Number(range[1]);
  const to = Math.min(size - 1, range[2] === "" ? size - 1 : Number(range[2]));
  response.writeHead(206, { "content-type": type, "content-length": to - from + 1, "content-range": `bytes ${from}-${to}/${size}` });
  createReadStream(path, { start: from, end: to }).pipe(response);
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) {
  const mock = await startMock({
    map: mapFile(),
    port: Number(process.env.PICKET_MOCK_PORT ?? 0),
    quiet: process.argv.includes("--quiet"),
  });
  console.log(mock.url);
}
