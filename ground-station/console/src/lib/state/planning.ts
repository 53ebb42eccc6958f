/**
 * Plans and the air they are flown in, as the station tells them: closed areas, declared flights, the weather, the plans
 * with what the pre-flight check says of each; and the proposals of the planning desk.
 *
 * Degrees, metres, seconds; times are Unix milliseconds on the station's clock. Reading never throws.
 */
import { list, maybeNumber, maybeText, number, oneOf, position, record, text, type Fields } from "./fields";
import type { Position } from "./messages";

export const STAGES = [
  "nothing",
  "waiting",
  "held",
  "pausing",
  "planning",
  "ready",
  "starting",
  "started",
  "given_up",
] as const;
export type Stage = (typeof STAGES)[number];

export interface ClosedArea {
  id: string;
  name: string;
  ring: Position[];
  floor_amsl_m: number | null;
  ceiling_amsl_m: number | null;
  from: number;
  to: number;
  by: string | null;
}

export interface DeclaredFlight extends Omit<ClosedArea, "name"> {
  operator: string;
  uas_id: string;
  purpose: string;
}

export interface Weather {
  wind_from_deg: number;
  wind_m_s: number;
  gust_m_s: number;
  visibility_m: number | null;
  by: string | null;
  at: number;
}

/** One thing that is wrong with a plan. */
export interface Finding {
  key: string;
  rule: string;
  position: Position | null;
  text: string;
  remedy: string | null;
}

/** What the pre-flight check says. */
export interface Report {
  begins: number;
  duration_s: number | null;
  distance_m: number | null;
  battery: number | null;
  battery_used: number | null;
  reserve: number | null;
  findings: Finding[];
  notes: string[];
}

export interface Override {
  by: string | null;
  at: number;
  reason: string;
  covers: string[];
}

export interface Plan {
  id: string;
  title: string;
  vehicle: string;
  /** Whether it is kept here, and may be sent or discarded. */
  saved: boolean;
  /** Of the plan that the vehicle has: how far it has come. */
  stage: Stage | null;
  start: number | null;
  /** In calm air. */
  duration_s: number | null;
  by: string | null;
  way: Position[];
  report: Report | null;
  override: Override | null;
}

export interface Planning {
  areas: ClosedArea[];
  flights: DeclaredFlight[];
  weather: Weather | null;
  plans: Plan[];
  disturbed: Disturbed[];
}

/** A flight that has begun and is disturbed. */
export interface Disturbed {
  vehicle: string;
  text: string;
}

/** A flight on the line of the night. */
export interface Sortie {
  plan: Plan;
  from: number;
  to: number;
}

/** Who flies when, by vehicle: what was begun or is to be, as far as the line reaches. */
export function sorties(plans: readonly Plan[], from: number, to: number): Map<string, Sortie[]> {
  const byVehicle = new Map<string, Sortie[]>();
  for (const plan of plans) {
    const shown = plan.stage !== null && plan.stage !== "given_up" && plan.stage !== "nothing";
    if (!shown || plan.start === null) continue;
    const seconds = plan.report?.duration_s ?? plan.duration_s ?? 0;
    const sortie = { plan, from: plan.start, to: plan.start + seconds * 1000 };
    if (sortie.to < from || sortie.from > to) continue;
    byVehicle.set(plan.vehicle, [...(byVehicle.get(plan.vehicle) ?? []), sortie]);
  }
  return byVehicle;
}

export const NO_PLANNING: Planning = { areas: [], flights: [], weather: null, plans: [], disturbed: [] };

/** Whether the plan may be sent: nothing is against it that no supervisor has overridden. */
export function uncovered(plan: Plan): Finding[] {
  const covers = plan.override?.covers ?? [];
  return (plan.report?.findings ?? []).filter((finding) => !covers.includes(finding.key));
}

/** Reads what the station says of plans and the air; null where it said nothing, or what cannot be read. */
export function readPlanning(value: unknown): Planning | null {
  const fields = record(value);
  if (!fields) return null;
  return {
    areas: list(fields, "areas", readArea).read,
    flights: list(fields, "flights", readFlight).read,
    weather: readWeather(record(fields["weather"])),
    plans: list(fields, "plans", readPlan).read,
    disturbed: list(fields, "disturbed", readDisturbed).read,
  };
}

function readDisturbed(fields: Fields): Disturbed | null {
  const vehicle = text(fields, "vehicle");
  return vehicle === undefined ? null : { vehicle, text: maybeText(fields, "text") ?? `The flight of ${vehicle} is disturbed.` };
}

function readVolume(fields: Fields): Omit<ClosedArea, "name"> | null {
  const id = text(fields, "id");
  const from = number(fields, "from");
  const to = number(fields, "to");
  const ring = places(fields["ring"]);
  if (id === undefined || from === undefined || to === undefined || ring.length < 3) return null;
  const limits = {
    floor_amsl_m: maybeNumber(fields, "floor_amsl_m"),
    ceiling_amsl_m: maybeNumber(fields, "ceiling_amsl_m"),
  };
  return { id, ring, from, to, by: maybeText(fields, "by"), ...limits };
}

function readArea(fields: Fields): ClosedArea | null {
  const volume = readVolume(fields);
  return volume && { ...volume, name: maybeText(fields, "name") ?? volume.id };
}

function readFlight(fields: Fields): DeclaredFlight | null {
  const volume = readVolume(fields);
  const uas_id = text(fields, "uas_id");
  if (!volume || uas_id === undefined) return null;
  return {
    ...volume,
    uas_id,
    operator: maybeText(fields, "operator") ?? "somebody",
    purpose: maybeText(fields, "purpose") ?? "",
  };
}

function readWeather(fields: Fields | null): Weather | null {
  const at = fields && number(fields, "at");
  const wind_m_s = fields && number(fields, "wind_m_s");
  if (!fields || at === null || at === undefined || wind_m_s === null || wind_m_s === undefined) return null;
  return {
    at,
    wind_m_s,
    wind_from_deg: maybeNumber(fields, "wind_from_deg") ?? 0,
    gust_m_s: maybeNumber(fields, "gust_m_s") ?? wind_m_s,
    visibility_m: maybeNumber(fields, "visibility_m"),
    by: maybeText(fields, "by"),
  };
}

function readPlan(fields: Fields): Plan | null {
  const id = text(fields, "id");
  const vehicle = text(fields, "vehicle");
  if (id === undefined || vehicle === undefined) return null;
  const override = record(fields["override"]);
  return {
    id,
    vehicle,
    title: maybeText(fields, "title") ?? id,
    saved: fields["saved"] === true,
    stage: typeof fields["stage"] === "string" ? oneOf(STAGES, fields["stage"], "nothing") : null,
    start: maybeNumber(fields, "start"),
    duration_s: maybeNumber(fields, "duration_s"),
    by: maybeText(fields, "by"),
    way: places(fields["way"]),
    report: readReport(record(fields["report"])),
    override: override && {
      by: maybeText(override, "by"),
      at: maybeNumber(override, "at") ?? 0,
      reason: maybeText(override, "reason") ?? "no reason given",
      covers: texts(override["covers"]),
    },
  };
}

export function readReport(fields: Fields | null): Report | null {
  const begins = fields && number(fields, "begins");
  if (!fields || begins === null || begins === undefined) return null;
  return {
    begins,
    duration_s: maybeNumber(fields, "duration_s"),
    distance_m: maybeNumber(fields, "distance_m"),
    battery: maybeNumber(fields, "battery"),
    battery_used: maybeNumber(fields, "battery_used"),
    reserve: maybeNumber(fields, "reserve"),
    findings: list(fields, "findings", readFinding).read,
    notes: texts(fields["notes"]),
  };
}

function readFinding(fields: Fields): Finding {
  const rule = maybeText(fields, "rule") ?? "unknown";
  return {
    rule,
    key: maybeText(fields, "key") ?? rule,
    position: position(fields["position"]),
    // A finding without words is still one: to leave it out would be the worse mistake.
    text: maybeText(fields, "text") ?? "Something is against it that this page cannot read.",
    remedy: maybeText(fields, "remedy"),
  };
}

export const PROPOSAL_STATES = ["searching", "done", "failed"] as const;

/** A plan that the desk proposes. */
export interface Proposed {
  vehicle: string;
  name: string;
  way: Position[];
  report: Report | null;
}

export interface Proposal {
  proposal: number;
  state: (typeof PROPOSAL_STATES)[number];
  cancelled: boolean;
  error: string | null;
  /** 0 to 1. */
  progress: number;
  summary: string | null;
  /** The best so far, while it is searched for. */
  ways: Position[][];
  plans: Proposed[];
  /** The map of risk that the plans follow. */
  risk: RiskMap | null;
}

/** Where an hour speaks for looking: square cells in rows from the south, each from the west. */
export interface RiskMap {
  /** South-west, south-east, north-west. */
  corners: [Position, Position, Position];
  columns: number;
  rows: number;
  /** 0 to 100, row by row. */
  values: number[];
  hour: [number, number];
  factors: RiskFactor[];
}

/** What speaks for looking somewhere: its weight, what it says along the line, what it adds there, and by what it is known. */
export interface RiskFactor {
  name: string;
  weight: number;
  says: number | null;
  adds: number | null;
  why: string;
}

/** The most cells that are drawn. */
const CELLS_MAX = 20_000;

export function readProposal(value: unknown): Proposal | null {
  const fields = record(value);
  const proposal = fields && number(fields, "proposal");
  if (!fields || proposal === null || proposal === undefined) return null;
  const ways = Array.isArray(fields["ways"]) ? fields["ways"] : [];
  return {
    proposal,
    state: oneOf(PROPOSAL_STATES, fields["state"], "failed"),
    cancelled: fields["cancelled"] === true,
    error: maybeText(fields, "error"),
    progress: Math.min(1, Math.max(0, maybeNumber(fields, "progress") ?? 0)),
    summary: maybeText(fields, "summary"),
    ways: ways.slice(0, 100).map(places),
    plans: list(fields, "plans", readProposed).read,
    risk: readRisk(record(fields["risk"])),
  };
}

function readRisk(fields: Fields | null): RiskMap | null {
  if (!fields) return null;
  const corners = places(fields["corners"]);
  const columns = maybeNumber(fields, "columns") ?? 0;
  const rows = maybeNumber(fields, "rows") ?? 0;
  const values = Array.isArray(fields["values"]) ? fields["values"].filter((one) => typeof one === "number") : [];
  const [southWest, southEast, northWest] = corners;
  const whole = Number.isInteger(columns) && Number.isInteger(rows) && columns > 0 && rows > 0 && columns * rows <= CELLS_MAX;
  if (!southWest || !southEast || !northWest || !whole || values.length !== columns * rows) return null;
  const hour = isSpan(fields["hour"]) ? fields["hour"] : ([0, 0] as [number, number]);
  return { corners: [southWest, southEast, northWest], columns, rows, values, hour, factors: list(fields, "factors", readFactor).read };
}

function readFactor(fields: Fields): RiskFactor | null {
  const name = text(fields, "name");
  const weight = number(fields, "weight");
  if (name === undefined || weight === undefined) return null;
  return { name, weight, says: maybeNumber(fields, "says"), adds: maybeNumber(fields, "adds"), why: maybeText(fields, "why") ?? "" };
}

function readProposed(fields: Fields): Proposed | null {
  const vehicle = text(fields, "vehicle");
  if (vehicle === undefined) return null;
  return {
    vehicle,
    name: maybeText(fields, "name") ?? vehicle,
    way: places(fields["way"]),
    report: readReport(record(fields["report"])),
  };
}

/** A part of an authority's zone. */
export interface UasZone {
  id: string;
  name: string | null;
  restriction: "prohibited" | "authorisation" | "conditional";
  message: string | null;
  rings: Position[][];
  /** "30 m above ground"; null: from the ground, or however high. */
  lower: string | null;
  upper: string | null;
  /** When it applies; null: always. */
  active: [number, number][] | null;
}

const RESTRICTIONS = ["prohibited", "authorisation", "conditional"] as const;

export function readUasZones(value: unknown): UasZone[] {
  const fields = record(value);
  return fields ? list(fields, "zones", readUasZone).read : [];
}

function readUasZone(fields: Fields): UasZone | null {
  const id = text(fields, "id");
  const rings = (Array.isArray(fields["rings"]) ? fields["rings"] : []).map(places).filter((ring) => ring.length >= 3);
  if (id === undefined || rings.length === 0) return null;
  const spans = Array.isArray(fields["active"]) ? fields["active"].filter(isSpan) : null;
  return {
    id,
    rings,
    name: maybeText(fields, "name"),
    restriction: oneOf(RESTRICTIONS, fields["restriction"], "prohibited"),
    message: maybeText(fields, "message"),
    lower: limit(record(fields["lower"])),
    upper: limit(record(fields["upper"])),
    active: spans,
  };
}

function limit(fields: Fields | null): string | null {
  const metres = fields && maybeNumber(fields, "metres");
  if (!fields || metres === null) return null;
  const above = { agl: "above ground", wgs84: "above the ellipsoid" }[String(fields["reference"])] ?? "above sea level";
  return `${Math.round(metres)} m ${above}`;
}

function isSpan(value: unknown): value is [number, number] {
  return Array.isArray(value) && value.length === 2 && value.every((ms) => typeof ms === "number");
}

/** Whether something applies at a time. */
export function activeAt(active: readonly (readonly [number, number])[] | null, now: number): boolean {
  return active === null || active.some(([from, to]) => from <= now && now <= to);
}

function places(value: unknown): Position[] {
  return Array.isArray(value) ? value.map(position).filter((place) => place !== null) : [];
}

function texts(value: unknown): string[] {
  return Array.isArray(value) ? value.filter((one) => typeof one === "string").slice(0, 50) : [];
}
