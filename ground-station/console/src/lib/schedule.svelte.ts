/**
 * What the operator asks of the night's schedule: posts, batteries, crews, holds. It decides nothing: a night that is
 * proposed is accepted by a request to the station like every other act.
 */
import { maybeText, record } from "./state/fields";
import type { Position } from "./state/messages";
import { readProposedNight, type ProposedNight } from "./state/schedule";

const MINUTE_MS = 60_000;

export interface PostForm {
  name: string;
  at: Position;
  /** What is flown along there, to and fro; empty: the place is watched. */
  line: readonly Position[];
  /** What is searched there, lane by lane; empty: no area. */
  area: readonly Position[];
  /** How far apart the lanes are, m. */
  spacingM: number;
}

export interface StockForm {
  vehicle: string;
  batteries: number;
  chargers: number;
  standsBy: boolean;
}

export interface CrewForm {
  name: string;
  with: string;
  /** Minutes from the night's begin. */
  fromMin: number;
  toMin: number;
  dutyMaxMin: number;
  restMin: number;
  atOnce: number;
}

export interface HoldForm {
  fromMin: number;
  toMin: number;
}

export class ScheduleDesk {
  /** The night begins in so many minutes, and is so long. */
  inMin = $state(10);
  hours = $state(8);
  posts = $state.raw<readonly PostForm[]>([]);
  stock = $state.raw<readonly StockForm[]>([]);
  crews = $state.raw<readonly CrewForm[]>([]);
  holds = $state.raw<readonly HoldForm[]>([]);
  overlapS = $state(60);
  reserve = $state(25);
  heightM = $state(70);
  chargeMin = $state(90);
  proposed = $state.raw<ProposedNight | null>(null);
  refused = $state<string | null>(null);
  asking = $state(false);

  readonly ready = $derived(this.posts.length > 0 && this.stock.length > 0 && this.crews.length > 0);

  addPost(at: Position, line: readonly Position[] = [], area: readonly Position[] = []): void {
    const kind = line.length > 0 ? "Line" : area.length > 0 ? "Area" : "Post";
    this.posts = [...this.posts, { name: `${kind} ${this.posts.length + 1}`, at, line, area, spacingM: 60 }];
  }

  toggleVehicle(vehicle: string): void {
    const has = this.stock.some((one) => one.vehicle === vehicle);
    this.stock = has ? this.stock.filter((one) => one.vehicle !== vehicle) : [...this.stock, { vehicle, batteries: 3, chargers: 1, standsBy: false }];
    this.crews = this.crews.filter((crew) => this.stock.some((one) => one.vehicle === crew.with));
  }

  addCrew(): void {
    const [first] = this.stock;
    if (!first) return;
    const crew = { name: `Crew ${this.crews.length + 1}`, with: first.vehicle, fromMin: 0, toMin: this.hours * 60, dutyMaxMin: 240, restMin: 30, atOnce: 2 };
    this.crews = [...this.crews, crew];
  }

  addHold(): void {
    this.holds = [...this.holds, { fromMin: 60, toMin: 90 }];
  }

  /** What is asked, of a station whose time is `now`. */
  request(now: number): Record<string, unknown> {
    const from = Math.round((now + this.inMin * MINUTE_MS) / MINUTE_MS) * MINUTE_MS;
    const to = from + this.hours * 60 * MINUTE_MS;
    const at = (minutes: number): number => Math.min(to, from + minutes * MINUTE_MS);
    return {
      from,
      to,
      // The way there and back is part of the night.
      posts: this.posts.map(({ name, at: place, line, area, spacingM }) => ({ name, at: place, line, area, spacing_m: spacingM, from: from + 10 * MINUTE_MS, to: to - 10 * MINUTE_MS })),
      stock: this.stock.map(({ vehicle, batteries, chargers, standsBy }) => ({ vehicle, batteries, chargers, stands_by: standsBy })),
      crews: this.crews.map((crew) => ({
        name: crew.name,
        with: crew.with,
        from: at(crew.fromMin),
        to: at(crew.toMin),
        duty_max_min: crew.dutyMaxMin,
        rest_min: crew.restMin,
        at_once: crew.atOnce,
      })),
      holds: this.holds.map(({ fromMin, toMin }) => ({ from: at(fromMin), to: at(toMin) })),
      overlap_s: this.overlapS,
      reserve: this.reserve / 100,
      charge_min: this.chargeMin,
      height_m: this.heightM,
    };
  }

  async propose(now: number): Promise<void> {
    await this.ask("/api/schedule/propose", this.request(now));
  }

  /** The rest of the night that is scheduled, without who dropped out of it. */
  async again(): Promise<void> {
    await this.ask("/api/schedule/again", {});
  }

  private async ask(path: string, body: unknown): Promise<void> {
    this.refused = null;
    this.proposed = null;
    this.asking = true;
    try {
      const init = { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(body) };
      const response = await fetch(path, init);
      const fields = record(await response.json().catch(() => null));
      this.proposed = response.ok ? readProposedNight(fields) : null;
      if (!this.proposed) this.refused = (fields && maybeText(fields, "error")) ?? `The station refused: ${response.status}.`;
    } catch {
      this.refused = "The station does not answer.";
    }
    this.asking = false;
  }

  forget(): void {
    this.posts = [];
    this.stock = [];
    this.crews = [];
    this.holds = [];
    this.proposed = null;
    this.refused = null;
  }
}
