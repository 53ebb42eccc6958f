/**
 * What the operator plans: what is drawn on the map, what is asked of the planning desk, and the proposal that comes of
 * it. It decides nothing: a proposal is saved, sent and overridden by requests to the station like every other act.
 */
import { record, maybeText, maybeNumber } from "./state/fields";
import type { Reach } from "./map/planning";
import type { Position } from "./state/messages";
import { readProposal, readUasZones, type Plan, type Proposal, type UasZone } from "./state/planning";

const POLL_MS = 300;
const ZONES_EVERY_MS = 30 * 60_000;
const POINTS_MAX = 200;
const BERTHS_MAX = 60;

export const PLAN_KINDS = [
  "area_search",
  "corridor",
  "coastline",
  "patrol",
  "risk_patrol",
  "perimeter",
  "harbour_round",
  "stakeout",
  "expanding_square",
  "sector_search",
  "orbit",
  "route",
  "hull_inspection",
  "quay_wall",
  "seabed",
] as const;
export type PlanKind = (typeof PLAN_KINDS)[number];

/** A number of the form. */
export type PlanNumber = "spacing" | "radius" | "rounds" | "width" | "apart" | "side" | "look" | "arrivals" | "hull" | "depth" | "risk";

/** What a kind of plan needs: what is drawn, which numbers, and whether several vehicles share it. */
export interface PlanForm {
  title: string;
  draw: "area" | "line" | "point" | "points";
  asks: readonly PlanNumber[];
  shares?: string;
  /** What it calls its distance, where it asks for one. */
  apart?: string;
  /** Whether it is for what dives, and for nothing else. */
  dives?: true;
}

/** What speaks for looking somewhere, as the station weighs it; the order is that of its answer. */
export const RISK_FACTORS = {
  incidents: "Past incidents",
  concealment: "Concealment",
  roads: "Roads and paths",
  sites: "Launch and pick-up sites",
  darkness: "Darkness",
  habit: "Habit of the hour",
  weather: "Weather",
} as const;
export type RiskFactorName = keyof typeof RISK_FACTORS;

/** What a request under water says beyond the others; nothing: as drawn, or as the vessel says by AIS. */
export interface Dive {
  tether_m: number;
  strip_m: number;
  stand_off_m: number;
  controller_off_m: number;
  depth_m: number;
  current_to_deg: number;
  current_m_s: number;
  moves_s: number;
  vessel: number | null;
  length_m: number | null;
  beam_m: number | null;
  draught_m: number | null;
}

/** How sharply an area is to be seen: centimetres of ground a pixel, percent by which strips overlap. */
export interface Pictures {
  cm: number;
  overlap: number;
  surface: "land" | "water";
  height: "chosen" | "asked";
}

export const PLAN_FORM: Record<PlanKind, PlanForm> = {
  area_search: { title: "Area search", draw: "area", asks: ["spacing"], shares: "which share the area" },
  corridor: { title: "Corridor, all of its width", draw: "line", asks: ["width", "spacing", "rounds"], shares: "which share the line" },
  coastline: { title: "Along a coast", draw: "line", asks: ["apart", "side"], shares: "which share the coast", apart: "Off coast, m" },
  patrol: { title: "Patrol: to and fro along a line", draw: "line", asks: ["rounds"] },
  risk_patrol: { title: "Patrol by risk", draw: "line", asks: ["risk"], shares: "which share the line" },
  perimeter: { title: "Perimeter", draw: "area", asks: ["rounds"] },
  harbour_round: {
    title: "Harbour round: berths, moored vessels",
    draw: "points",
    asks: ["apart", "look", "arrivals"],
    shares: "which share the berths",
    apart: "Off vessels, m",
  },
  stakeout: { title: "Stake-out: watch a place unheard", draw: "point", asks: ["apart", "look"], shares: "each from another side", apart: "Heard within, m" },
  expanding_square: { title: "Expanding square (SS)", draw: "point", asks: ["spacing", "rounds"] },
  sector_search: { title: "Sector search (VS)", draw: "point", asks: ["radius", "rounds"] },
  orbit: { title: "Overwatch: orbit a place", draw: "point", asks: ["radius", "rounds"] },
  route: { title: "Route, point by point", draw: "line", asks: [] },
  hull_inspection: { title: "Hull inspection, under water", draw: "line", asks: ["hull"], dives: true },
  quay_wall: { title: "Quay wall, under water", draw: "line", asks: ["side", "depth"], dives: true },
  seabed: { title: "Seabed", draw: "area", asks: ["depth"], dives: true },
};

/** What the drawing is for. */
export type DrawFor = "plan" | "area" | "flight" | "post" | "post_line" | "post_area";

export class PlanningDesk {
  open = $state(false);
  tab = $state<"new" | "plans" | "night" | "air">("new");
  /** Whether clicks on the map draw. */
  drawing = $state(false);
  drawFor = $state<DrawFor>("plan");
  drawn = $state.raw<readonly Position[]>([]);
  kind = $state<PlanKind>("area_search");
  vehicles = $state.raw<readonly string[]>([]);
  heightM = $state(80);
  speedMS = $state<number | null>(null);
  spacingM = $state(80);
  radiusM = $state(150);
  rounds = $state(1);
  widthM = $state(300);
  apartM = $state(150);
  side = $state<"left" | "right">("left");
  /** How long each berth is looked at, or a place is watched, minutes. */
  lookMin = $state(1);
  /** When each vessel arrives, minutes from now, berth by berth; 0 lies there. */
  arrivalsMin = $state.raw<readonly number[]>([]);
  /** Which vessel each berth waits for, berth by berth; null: the one that lies there. */
  berthVessels = $state.raw<readonly (number | null)[]>([]);
  /** How much each factor counts. */
  riskWeights = $state<Record<RiskFactorName, number>>({
    incidents: 3,
    concealment: 1,
    roads: 1,
    sites: 2,
    darkness: 1,
    habit: 1,
    weather: 1,
  });
  riskManner = $state<"fixed" | "unpredictable">("unpredictable");
  riskSensorM = $state(150);
  /** Whether the map of risk is drawn. */
  riskShown = $state(true);
  /** Whether an area is searched with the vehicles' cameras, where they have some; else by the width of a strip. */
  withCamera = $state(true);
  pictures = $state<Pictures>({ cm: 5, overlap: 20, surface: "land", height: "chosen" });
  /** The vehicles whose cameras are known. */
  cameras = $state.raw<ReadonlySet<string>>(new Set());
  dive = $state<Dive>({
    tether_m: 30,
    strip_m: 2,
    stand_off_m: 1.5,
    controller_off_m: 3,
    depth_m: 8,
    current_to_deg: 0,
    current_m_s: 0,
    moves_s: 300,
    vessel: null,
    length_m: null,
    beam_m: null,
    draught_m: null,
  });
  proposal = $state.raw<Proposal | null>(null);
  /** Why the last request was refused. */
  refused = $state<string | null>(null);
  asking = $state(false);
  /** Whose flight the proposal is about, where it is about what to change. */
  replanning = $state<string | null>(null);
  /** The plan that is looked at. */
  chosen = $state<string | null>(null);
  zones = $state.raw<readonly UasZone[]>([]);

  readonly shape = $derived(this.drawFor === "plan" ? PLAN_FORM[this.kind].draw : this.drawFor === "post" ? "point" : this.drawFor === "post_line" ? "line" : "area");
  readonly form = $derived(PLAN_FORM[this.kind]);
  /** Whether the cameras of all that are chosen are known, so that they may decide. */
  readonly camerasKnown = $derived(this.kind === "area_search" && this.vehicles.length > 0 && this.vehicles.every((vehicle) => this.cameras.has(vehicle)));
  /** Whether they do. */
  readonly byCamera = $derived(this.camerasKnown && this.withCamera);
  /** What the drawing stands for on the map. */
  readonly reach = $derived.by((): Reach | null => {
    if (this.drawFor !== "plan") return null;
    if (this.kind === "corridor") return { kind: "strip", width_m: this.widthM };
    if (this.kind === "coastline") return { kind: "beside", left_m: this.side === "left" ? this.apartM : -this.apartM };
    if (this.kind === "stakeout") return { kind: "circle", radius_m: this.apartM };
    if (this.kind === "quay_wall") return { kind: "beside", left_m: this.side === "left" ? this.dive.stand_off_m : -this.dive.stand_off_m };
    return this.kind === "harbour_round" ? { kind: "places" } : null;
  });
  readonly pointsNeeded = $derived.by(() => {
    // A vessel of the picture says where it is and how it lies.
    if (this.drawFor === "plan" && this.kind === "hull_inspection" && this.dive.vessel !== null) return 0;
    return this.shape === "area" ? 3 : this.shape === "line" && this.kind !== "route" ? 2 : 1;
  });
  readonly drawnEnough = $derived(this.drawn.length >= this.pointsNeeded);

  private zonesAt = 0;

  toggle(): void {
    this.open = !this.open;
    if (!this.open) this.drawing = false;
  }

  close(): void {
    this.open = false;
    this.drawing = false;
  }

  show(tab: PlanningDesk["tab"]): void {
    if (this.tab === tab) return;
    this.tab = tab;
    this.drawing = false;
    this.drawn = [];
  }

  /** Begins a drawing anew. */
  draw(what: DrawFor): void {
    this.drawFor = what;
    this.forgetDrawing();
    this.drawing = true;
    if (what === "plan") this.forgetProposal();
  }

  choose(kind: PlanKind): void {
    const before = this.shape;
    if (PLAN_FORM[kind].dives !== this.form.dives) this.vehicles = [];
    this.kind = kind;
    this.forgetProposal();
    if (this.shape !== before) this.forgetDrawing();
    if (!this.form.shares) this.vehicles = this.vehicles.slice(0, 1);
  }

  point(at: Position): void {
    const most = this.drawFor !== "plan" ? POINTS_MAX : this.kind === "harbour_round" ? BERTHS_MAX : this.kind === "hull_inspection" ? 2 : POINTS_MAX;
    if (!this.drawing || this.drawn.length >= most) return;
    // A single place is moved by the next click.
    this.drawn = this.shape === "point" ? [at] : [...this.drawn, at];
    if (this.shape === "point" || this.drawn.length >= most) this.drawing = false;
    if (this.drawFor === "plan") this.forgetProposal();
  }

  /** Takes places for berths: those of vessels that lie moored. */
  addBerths(places: readonly Position[]): void {
    const near = (a: Position, b: Position): boolean => Math.abs(a[0] - b[0]) < 1e-5 && Math.abs(a[1] - b[1]) < 1e-5;
    const fresh = places.filter((place) => !this.drawn.some((drawn) => near(drawn, place)));
    this.drawn = [...this.drawn, ...fresh].slice(0, BERTHS_MAX);
    this.forgetProposal();
  }

  arrives(berth: number, minutes: number): void {
    this.arrivalsMin = this.drawn.map((_, n) => (n === berth ? minutes : (this.arrivalsMin[n] ?? 0)));
    this.forgetProposal();
  }

  waitsFor(berth: number, vessel: number | null): void {
    this.berthVessels = this.drawn.map((_, n) => (n === berth ? vessel : (this.berthVessels[n] ?? null)));
    this.forgetProposal();
  }

  /** Whose hull is inspected. */
  chooseHull(vessel: number | null): void {
    this.dive.vessel = vessel;
    if (vessel !== null) this.forgetDrawing();
    this.forgetProposal();
  }

  undo(): void {
    this.drawn = this.drawn.slice(0, -1);
    this.berthVessels = this.berthVessels.slice(0, this.drawn.length);
    this.arrivalsMin = this.arrivalsMin.slice(0, this.drawn.length);
    this.drawing = true;
  }

  toggleVehicle(id: string): void {
    const only = !this.form.shares;
    const has = this.vehicles.includes(id);
    if (only) this.vehicles = [id];
    else this.vehicles = has ? this.vehicles.filter((one) => one !== id) : [...this.vehicles, id];
    this.forgetProposal();
  }

  private forgetDrawing(): void {
    this.drawn = [];
    this.arrivalsMin = [];
    this.berthVessels = [];
  }

  private forgetProposal(): void {
    this.proposal = null;
    this.replanning = null;
  }

  async propose(): Promise<void> {
    this.drawing = false;
    this.proposal = null;
    this.refused = null;
    this.replanning = null;
    this.asking = true;
    await this.begin("/api/plans/propose", this.request());
  }

  /** What is asked of the desk. */
  request(): Record<string, unknown> {
    return {
      kind: this.kind,
      vehicles: this.form.shares ? this.vehicles : this.vehicles.slice(0, 1),
      drawn: this.drawn,
      height_m: this.heightM,
      speed_m_s: this.speedMS,
      spacing_m: this.spacingM,
      radius_m: this.radiusM,
      rounds: this.rounds,
      width_m: this.widthM,
      apart_m: this.apartM,
      side: this.side,
      look_s: this.lookMin * 60,
      arrivals_min: this.kind === "harbour_round" ? this.arrivalsMin : [],
      vessels: this.kind === "harbour_round" ? this.berthVessels : [],
      ...(this.byCamera ? { pictures: this.picturesAsked() } : {}),
      ...(this.kind === "risk_patrol" ? { risk: { weights: { ...this.riskWeights }, manner: this.riskManner, sensor_m: this.riskSensorM } } : {}),
      ...(this.form.dives ? { dive: { ...this.dive, vessel: this.kind === "hull_inspection" ? this.dive.vessel : null } } : {}),
    };
  }

  private picturesAsked(): Record<string, unknown> {
    const { cm, overlap, surface, height } = this.pictures;
    return { gsd_m: cm / 100, overlap: overlap / 100, surface, height };
  }

  /** Asks what to change for a flight that is disturbed. */
  async replan(vehicle: string): Promise<void> {
    this.proposal = null;
    this.refused = null;
    this.replanning = vehicle;
    this.asking = true;
    await this.begin("/api/plans/replan", { vehicle });
  }

  private async begin(path: string, body: unknown): Promise<void> {
    const headers = { "content-type": "application/json" };
    const answer = await ask(path, { method: "POST", headers, body: JSON.stringify(body) });
    const number = answer.body && maybeNumber(answer.body, "proposal");
    if (!answer.ok || number === null) this.refused = answer.why;
    else await this.follow(number);
    this.asking = false;
  }

  /** Goes to a plan that was saved of a proposal. */
  showSaved(ending: string, vehicle: string, plans: readonly Plan[]): void {
    this.show("plans");
    this.chosen = plans.find((plan) => plan.vehicle === vehicle && plan.id.endsWith(ending))?.id ?? null;
  }

  /** Shows the best so far until the search is over. */
  private async follow(number: number): Promise<void> {
    for (;;) {
      const answer = await ask(`/api/plans/proposals/${number}`, { cache: "no-store" });
      const proposal = answer.ok ? readProposal(answer.body) : null;
      if (!proposal) {
        this.refused = answer.why;
        return;
      }
      this.proposal = proposal;
      if (proposal.state !== "searching") {
        if (proposal.state === "failed") this.refused = proposal.error ?? "no plan was found";
        return;
      }
      await new Promise((resume) => setTimeout(resume, POLL_MS));
    }
  }

  /** Stops the search; the best so far is kept. */
  async stop(): Promise<void> {
    if (this.proposal) await ask(`/api/plans/proposals/${this.proposal.proposal}`, { method: "DELETE" });
  }

  /** The authorities' zones, fetched again now and then: their hours are told two days ahead. */
  async loadZones(now: number): Promise<void> {
    if (now - this.zonesAt < ZONES_EVERY_MS) return;
    this.zonesAt = now;
    const answer = await ask("/api/zones", { cache: "no-store" });
    if (answer.ok) this.zones = readUasZones(answer.body);
    else this.zonesAt = 0;
  }

  forget(): void {
    this.close();
    this.forgetDrawing();
    this.proposal = null;
    this.refused = null;
    this.replanning = null;
    this.chosen = null;
    this.vehicles = [];
    this.zones = [];
    this.zonesAt = 0;
  }
}

interface Answered {
  ok: boolean;
  body: Record<string, unknown> | null;
  why: string;
}

async function ask(path: string, init: RequestInit): Promise<Answered> {
  try {
    const response = await fetch(path, init);
    const body = record(await response.json().catch(() => null));
    const why = (body && maybeText(body, "error")) ?? `The station refused: ${response.status}.`;
    return { ok: response.ok, body, why };
  } catch {
    return { ok: false, body: null, why: "The station does not answer." };
  }
}
