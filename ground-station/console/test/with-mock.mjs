/** Runs a command against the mock server: `node test/with-mock.mjs COMMAND …` sets `PICKET_CONSOLE_URL` for it. */
import { spawn } from "node:child_process";
import { mapFile, startMock } from "./mock-server.mjs";

const [command, ...rest] = process.argv.slice(2);
const mock = await startMock({ map: mapFile() });
const child = spawn(command, rest, { stdio: "inherit", env: { ...process.env, PICKET_CONSOLE_URL: mock.url } });
child.on("exit", async (code) => {
  await mock.close();
  process.exit(code ?? 1);
});
