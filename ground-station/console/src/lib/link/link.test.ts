import { describe, expect, test } from "vitest";
import { backoff, Link, SILENCE_MAX_MS, type LinkState, type SocketLike } from "./link";

class FakeSocket implements SocketLike {
  onopen: (() => void) | null = null;
  onmessage: ((event: { data: unknown }) => void) | null = null;
  onclose: ((event: { code: number }) => void) | null = null;
  sent: string[] = [];
  closed = false;
  send(text: string): void {
    this.sent.push(text);
  }
  close(): void {
    this.closed = true;
  }
}

/** A world whose clock only moves when told. */
class FakeWorld {
  session: "open" | "over" | "unknown" = "open";
  sockets: FakeSocket[] = [];
  states: LinkState[] = [];
  texts: string[] = [];
  asked: boolean[] = [];
  now = 0;
  private timers = new Map<number, { at: number; run: () => void }>();
  private nextTimer = 1;

  link = new Link(
    {
      openSocket: () => {
        const socket = new FakeSocket();
        this.sockets.push(socket);
        return socket;
      },
      askSession: (sentAway) => {
        this.asked.push(sentAway);
        return Promise.resolve(this.session);
      },
      setTimer: (run, ms) => {
        this.timers.set(this.nextTimer, { at: this.now + ms, run });
        return this.nextTimer++;
      },
      clearTimer: (timer) => this.timers.delete(timer as number),
    },
    { onState: (state) => this.states.push(state), onText: (text) => this.texts.push(text) },
  );

  get socket(): FakeSocket {
    return this.sockets[this.sockets.length - 1]!;
  }

  async settle(): Promise<void> {
    for (let i = 0; i < 5; i++) await Promise.resolve();
  }

  async wait(ms: number): Promise<void> {
    const until = this.now + ms;
    for (;;) {
      const due = [...this.timers].filter(([, timer]) => timer.at <= until).sort(([, a], [, b]) => a.at - b.at)[0];
      if (!due) break;
      this.timers.delete(due[0]);
      this.now = due[1].at;
      due[1].run();
      await this.settle();
    }
    this.now = until;
  }

  async started(): Promise<this> {
    this.link.start();
    await this.settle();
    return this;
  }
}

describe("the link", () => {
  test("waits 0.5 s after the first failure, twice as long after each, 5 s at most", () => {
    expect([0, 1, 2, 3, 4, 5, 6, 100].map(backoff)).toEqual([0, 500, 1000, 2000, 4000, 5000, 5000, 5000]);
  });

  test("stands once the station has spoken, and hands on what it says", async () => {
    const world = await new FakeWorld().started();
    expect(world.states).toEqual(["connecting"]);
    world.socket.onmessage?.({ data: "hello" });
    expect(world.states).toEqual(["connecting", "connected"]);
    expect(world.texts).toEqual(["hello"]);
  });

  test("binary messages are not handed on", async () => {
    const world = await new FakeWorld().started();
    world.socket.onmessage?.({ data: new ArrayBuffer(4) });
    expect(world.texts).toEqual([]);
  });

  test("opens again by itself after a loss, ever more slowly, and at once quick again after it stood", async () => {
    const world = await new FakeWorld().started();
    world.socket.onmessage?.({ data: "x" });
    world.socket.onclose?.({ code: 1006 });
    expect(world.states.at(-1)).toBe("reconnecting");
    await world.wait(499);
    expect(world.sockets).toHaveLength(1);
    await world.wait(1);
    expect(world.sockets).toHaveLength(2);
    world.socket.onclose?.({ code: 1006 });
    await world.wait(999);
    expect(world.sockets).toHaveLength(2);
    await world.wait(1);
    expect(world.sockets).toHaveLength(3);
    world.socket.onmessage?.({ data: "x" });
    expect(world.states.at(-1)).toBe("connected");
    world.socket.onclose?.({ code: 1006 });
    await world.wait(500);
    expect(world.sockets).toHaveLength(4);
  });

  test("a silent line is taken for dead", async () => {
    const world = await new FakeWorld().started();
    const first = world.socket;
    first.onmessage?.({ data: "x" });
    await world.wait(SILENCE_MAX_MS - 1);
    expect(first.closed).toBe(false);
    await world.wait(1);
    expect(first.closed).toBe(true);
    expect(world.states.at(-1)).toBe("reconnecting");
  });

  test("a socket that never speaks is given up as well", async () => {
    const world = await new FakeWorld().started();
    await world.wait(SILENCE_MAX_MS + 500);
    expect(world.sockets).toHaveLength(2);
  });

  test("a socket given up cannot speak any more", async () => {
    const world = await new FakeWorld().started();
    const first = world.socket;
    first.onmessage?.({ data: "x" });
    await world.wait(SILENCE_MAX_MS);
    first.onmessage?.({ data: "late" });
    first.onclose?.({ code: 1006 });
    expect(world.texts).toEqual(["x"]);
  });

  test("a station that does not answer is asked again; no socket is opened meanwhile", async () => {
    const world = new FakeWorld();
    world.session = "unknown";
    await world.started();
    await world.wait(20_000);
    expect(world.sockets).toHaveLength(0);
    world.session = "open";
    await world.wait(5000);
    expect(world.sockets).toHaveLength(1);
  });

  test("a session that is over ends the link for good", async () => {
    const world = await new FakeWorld().started();
    world.socket.onmessage?.({ data: "x" });
    world.session = "over";
    world.socket.onclose?.({ code: 1006 });
    await world.wait(60_000);
    expect(world.states.at(-1)).toBe("ended");
    expect(world.sockets).toHaveLength(1);
  });

  test("it asks differently after the station sent it away than after a plain loss", async () => {
    const world = await new FakeWorld().started();
    world.socket.onclose?.({ code: 1008 });
    await world.wait(500);
    world.socket.onclose?.({ code: 1001 });
    await world.wait(1000);
    expect(world.asked).toEqual([false, true, false]);
  });

  test("nothing is sent, and nothing kept for later, while there is no line", async () => {
    const world = await new FakeWorld().started();
    expect(world.link.send("early")).toBe(false);
    world.socket.onmessage?.({ data: "x" });
    expect(world.link.send("now")).toBe(true);
    const first = world.socket;
    first.onclose?.({ code: 1006 });
    expect(world.link.send("lost")).toBe(false);
    await world.wait(500);
    world.socket.onmessage?.({ data: "x" });
    expect(first.sent).toEqual(["now"]);
    expect(world.socket.sent).toEqual([]);
  });

  test("stopped while it was still asking, it opens nothing", async () => {
    const world = new FakeWorld();
    world.link.start();
    world.link.stop();
    await world.wait(10_000);
    expect(world.sockets).toHaveLength(0);
    expect(world.states.at(-1)).toBe("ended");
  });
});
