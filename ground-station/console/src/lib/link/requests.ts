/**
 * What the operator asked for and has had no answer to yet.
 *
 * Every request ends: done, refused with a reason, or unanswered. Bounded at 100; a person cannot ask faster than that.
 */
import type { Answer, Request } from "../state/messages";

export const ANSWER_MAX_MS = 10_000;
const PENDING_MAX = 100;

export type Outcome = { is: "done" } | { is: "refused"; reason: string } | { is: "unanswered"; reason: string };

interface Pending {
  /** What is acted on: "alert kiel.17", so that its buttons can wait. */
  subject: string;
  /** What was asked, for a person: "Acknowledge kiel.17". */
  label: string;
  askedAt: number;
}

export class Requests {
  private next = 1;
  private readonly pending = new Map<number, Pending>();

  constructor(
    private readonly send: (text: string) => boolean,
    private readonly onOutcome: (label: string, outcome: Outcome) => void,
  ) {}

  ask(request: Request, subject: string, label: string, now: number): void {
    if (this.pending.size >= PENDING_MAX) {
      this.onOutcome(label, { is: "refused", reason: "too many requests are waiting for an answer" });
      return;
    }
    const number = this.next++;
    if (!this.send(JSON.stringify({ ...request, request: number }))) {
      this.onOutcome(label, { is: "refused", reason: "there is no connection to the station" });
      return;
    }
    this.pending.set(number, { subject, label, askedAt: now });
  }

  /** Whether something is being asked of the subject. */
  waiting(): Set<string> {
    return new Set([...this.pending.values()].map((pending) => pending.subject));
  }

  answered(answer: Answer): void {
    const pending = answer.request === null ? undefined : this.pending.get(answer.request);
    if (answer.request !== null) this.pending.delete(answer.request);
    if (answer.done) {
      if (pending) this.onOutcome(pending.label, { is: "done" });
      return;
    }
    this.onOutcome(pending?.label ?? "Request", { is: "refused", reason: answer.reason ?? "no reason given" });
  }

  /** Gives up on what has waited too long. */
  advance(now: number): void {
    for (const [number, pending] of this.pending) {
      if (now - pending.askedAt < ANSWER_MAX_MS) continue;
      this.pending.delete(number);
      this.onOutcome(pending.label, { is: "unanswered", reason: "the station did not answer" });
    }
  }

  /** The line is lost: nobody knows whether the station took what was asked. */
  lineLost(): void {
    for (const pending of this.pending.values()) {
      this.onOutcome(pending.label, { is: "unanswered", reason: "the connection broke; see whether it was done" });
    }
    this.pending.clear();
  }
}
