/**
 * The line to the station: one WebSocket, opened again whenever it is lost.
 *
 * The first attempt is at once, then after 0.5 s, doubling up to 5 s. The station speaks at least once a second, so a
 * line that is silent for 4 s is taken for dead and opened anew. Before each attempt the session is asked for, because
 * a browser does not tell a page why a WebSocket was refused; a session that is over ends the link.
 * A station that was started anew knows no session: whoever asks may renew it, unless the station sent the page away.
 * What is sent while there is no line is refused, never kept: an order given now must not be flown later.
 */
export const BACKOFF_MIN_MS = 500;
export const BACKOFF_MAX_MS = 5000;
export const SILENCE_MAX_MS = 4000;

/** "Policy violation" (RFC 6455, 7.4.1): the station says the session is over. */
const SENT_AWAY = 1008;

export type LinkState = "connecting" | "connected" | "reconnecting" | "ended";

export interface SocketLike {
  onopen: (() => void) | null;
  onmessage: ((event: { data: unknown }) => void) | null;
  onclose: ((event: { code: number }) => void) | null;
  send(text: string): void;
  close(): void;
}

export interface LinkWorld {
  openSocket(): SocketLike;
  /**
   * Whether the session still stands: "unknown" when the station does not answer. `sentAway` when it was the station
   * that ended the line for want of a session; then it must not be renewed without a person.
   */
  askSession(sentAway: boolean): Promise<"open" | "over" | "unknown">;
  setTimer(run: () => void, ms: number): unknown;
  clearTimer(timer: unknown): void;
}

export interface LinkListener {
  onState(state: LinkState): void;
  onText(text: string): void;
}

/** The wait before attempt number `attempt`, counted from 0. */
export function backoff(attempt: number): number {
  return attempt === 0 ? 0 : Math.min(BACKOFF_MAX_MS, BACKOFF_MIN_MS * 2 ** (attempt - 1));
}

export class Link {
  private socket: SocketLike | null = null;
  private state: LinkState = "connecting";
  private attempt = 0;
  private sentAway = false;
  private retryTimer: unknown = null;
  private silenceTimer: unknown = null;

  constructor(
    private readonly world: LinkWorld,
    private readonly listener: LinkListener,
  ) {}

  start(): void {
    this.become("connecting");
    void this.connect();
  }

  /** Sends one message; false when there is no line. */
  send(text: string): boolean {
    if (this.state !== "connected" || !this.socket) return false;
    this.socket.send(text);
    return true;
  }

  stop(): void {
    this.become("ended");
    this.world.clearTimer(this.retryTimer);
    this.drop();
  }

  private async connect(): Promise<void> {
    const session = await this.world.askSession(this.sentAway);
    if (this.state === "ended") return;
    if (session === "over") {
      this.stop();
      return;
    }
    if (session === "unknown") {
      this.retry();
      return;
    }
    const socket = this.world.openSocket();
    this.socket = socket;
    this.listenForSilence();
    socket.onmessage = (event) => {
      this.listenForSilence();
      // The line stands only once the station has spoken: a socket that opens and closes at once must not reset
      // the backoff.
      this.attempt = 0;
      this.become("connected");
      if (typeof event.data === "string") this.listener.onText(event.data);
    };
    socket.onclose = ({ code }) => {
      this.sentAway = code === SENT_AWAY;
      this.lost();
    };
  }

  private listenForSilence(): void {
    this.world.clearTimer(this.silenceTimer);
    this.silenceTimer = this.world.setTimer(() => this.lost(), SILENCE_MAX_MS);
  }

  private lost(): void {
    if (this.state === "ended") return;
    this.drop();
    this.retry();
  }

  private drop(): void {
    this.world.clearTimer(this.silenceTimer);
    const socket = this.socket;
    this.socket = null;
    if (!socket) return;
    socket.onopen = socket.onmessage = socket.onclose = null;
    socket.close();
  }

  private retry(): void {
    if (this.state === "connected") this.become("reconnecting");
    this.attempt += 1;
    this.world.clearTimer(this.retryTimer);
    this.retryTimer = this.world.setTimer(() => void this.connect(), backoff(this.attempt));
  }

  private become(state: LinkState): void {
    if (this.state === state && state !== "connecting") return;
    this.state = state;
    this.listener.onState(state);
  }
}

/** The browser's own WebSocket, timers and session. */
export function browserWorld(askSession: LinkWorld["askSession"]): LinkWorld {
  return {
    openSocket: () => {
      const url = new URL("/ws", location.href);
      url.protocol = url.protocol === "https:" ? "wss:" : "ws:";
      return new WebSocket(url) as SocketLike;
    },
    askSession,
    setTimer: (run, ms) => window.setTimeout(run, ms),
    clearTimer: (timer) => window.clearTimeout(timer as number | undefined),
  };
}
