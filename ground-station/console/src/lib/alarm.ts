/**
 * The sound and the flashing title for alerts that nobody has seen to.
 *
 * Two falling tones for a new critical alert, again every 20 s until each is acknowledged. The tones are made here: no
 * sound file. A browser gives no page a sound before the operator has touched it; until then the alarm says so.
 */
export const REPEAT_MS = 20_000;

export type Sound = "on" | "muted" | "blocked";

/** Decides when to sound: at once for an alert not yet sounded for, then at every interval while any is unseen. */
export class AlarmSchedule {
  private sounded = new Set<string>();
  private lastAt = -Infinity;

  /** Whether to sound now, given the critical alerts that nobody has acknowledged. */
  due(unseen: readonly string[], now: number): boolean {
    const isNew = unseen.some((id) => !this.sounded.has(id));
    this.sounded = new Set(unseen);
    if (unseen.length === 0) return false;
    if (!isNew && now - this.lastAt < REPEAT_MS) return false;
    this.lastAt = now;
    return true;
  }
}

export class AlarmSound {
  private context: AudioContext | null = null;

  constructor(public muted: boolean) {}

  get state(): Sound {
    if (this.muted) return "muted";
    return this.context?.state === "running" ? "on" : "blocked";
  }

  /** To be called from a click or key press: only then does a browser allow sound. */
  async unlock(): Promise<void> {
    this.context ??= new AudioContext();
    if (this.context.state === "suspended") await this.context.resume();
  }

  sound(): void {
    const context = this.context;
    if (this.muted || !context || context.state !== "running") return;
    for (const [after, frequency] of [[0, 880], [0.22, 660], [0.44, 880], [0.66, 660]] as const) {
      tone(context, context.currentTime + after, frequency, 0.18);
    }
  }
}

function tone(context: AudioContext, at: number, frequency: number, seconds: number): void {
  const oscillator = context.createOscillator();
  const gain = context.createGain();
  oscillator.type = "triangle";
  oscillator.frequency.value = frequency;
  // Ramps instead of steps: a step clicks.
  gain.gain.setValueAtTime(0, at);
  gain.gain.linearRampToValueAtTime(0.35, at + 0.015);
  gain.gain.linearRampToValueAtTime(0, at + seconds);
  oscillator.connect(gain).connect(context.destination);
  oscillator.start(at);
  oscillator.stop(at + seconds);
}

/** The page's title: it says how many alerts wait, and changes every second while they do. */
export function pageTitle(site: string | null, unseenCritical: number, second: number): string {
  const name = site ? `${site} – Picket` : "Picket";
  if (unseenCritical === 0) return name;
  const alert = unseenCritical === 1 ? "ALERT" : `${unseenCritical} ALERTS`;
  return second % 2 === 0 ? `● ${alert} – ${name}` : `○ ${alert} – ${name}`;
}
