import { describe, expect, test } from "vitest";
import { ANSWER_MAX_MS, Requests } from "./requests";

function desk(connected = true): { requests: Requests; sent: unknown[]; outcomes: string[] } {
  const sent: unknown[] = [];
  const outcomes: string[] = [];
  const requests = new Requests(
    (text) => connected && sent.push(JSON.parse(text)) > 0,
    (label, outcome) => outcomes.push(`${label}: ${outcome.is}${outcome.is === "done" ? "" : `, ${outcome.reason}`}`),
  );
  return { requests, sent, outcomes };
}

const answer = (request: number | null, done: boolean, reason: string | null = null) =>
  ({ type: "answer", done, request, reason }) as const;

describe("requests", () => {
  test("are numbered and end with the station's answer", () => {
    const { requests, sent, outcomes } = desk();
    requests.ask({ type: "acknowledge", alert: "a1" }, "a1", "Acknowledge a1", 0);
    requests.ask({ type: "approve", cue: "c1" }, "c1", "Send kiel-2", 0);
    expect(sent).toEqual([
      { type: "acknowledge", alert: "a1", request: 1 },
      { type: "approve", cue: "c1", request: 2 },
    ]);
    expect([...requests.waiting()]).toEqual(["a1", "c1"]);
    requests.answered(answer(2, false, "battery"));
    requests.answered(answer(1, true));
    expect(outcomes).toEqual(["Send kiel-2: refused, battery", "Acknowledge a1: done"]);
    expect(requests.waiting().size).toBe(0);
  });

  test("without a line are refused at once", () => {
    const { requests, outcomes } = desk(false);
    requests.ask({ type: "close", alert: "a1" }, "a1", "Close a1", 0);
    expect(outcomes).toEqual(["Close a1: refused, there is no connection to the station"]);
    expect(requests.waiting().size).toBe(0);
  });

  test("that nobody answers are given up, and a late answer says nothing", () => {
    const { requests, outcomes } = desk();
    requests.ask({ type: "close", alert: "a1" }, "a1", "Close a1", 0);
    requests.advance(ANSWER_MAX_MS - 1);
    expect(outcomes).toEqual([]);
    requests.advance(ANSWER_MAX_MS);
    requests.answered(answer(1, true));
    expect(outcomes).toEqual(["Close a1: unanswered, the station did not answer"]);
  });

  test("on their way when the line breaks are neither done nor refused", () => {
    const { requests, outcomes } = desk();
    requests.ask({ type: "approve", cue: "c1" }, "c1", "Send kiel-2", 0);
    requests.lineLost();
    expect(outcomes).toEqual(["Send kiel-2: unanswered, the connection broke; see whether it was done"]);
  });

  test("a refusal of nothing in particular is still shown", () => {
    const { requests, outcomes } = desk();
    requests.answered(answer(null, false, "message too long"));
    expect(outcomes).toEqual(["Request: refused, message too long"]);
  });

  test("are bounded", () => {
    const { requests, sent, outcomes } = desk();
    for (let i = 0; i < 101; i++) requests.ask({ type: "close", alert: `a${i}` }, `a${i}`, `Close a${i}`, 0);
    expect(sent).toHaveLength(100);
    expect(outcomes).toEqual(["Close a100: refused, too many requests are waiting for an answer"]);
  });
});
