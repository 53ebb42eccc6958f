/**
 * The schedule of the night, as the station tells it: who watches which post from when to when, with which battery and
 * which crew; what is lacking; and what is due next.
 *
 * Times are Unix milliseconds on the station's clock. Reading never throws.
 */
import { list, maybeNumber, maybeText, number, position, record, text, type Fields } from "./fields";
import type { Position } from "./messages";

export interface Post {
  name: string;
  at: Position;
  from: number | null;
  to: number | null;
}

export interface CrewShift {
  name: string;
  with: string;
  from: number | null;
  to: number | null;
}

export interface NightSortie {
  post: number;
  vehicle: string;
  crew: number;
  /** "1.3": the base and the battery, counted from 1. */
  pack: string;
  leaves: number;
  watches: [number, number];
  lands: number;
  left: number;
}

export interface NightCharge {
  pack: string;
  charger: number;
  from: number;
  to: number;
}

export interface NightGap {
  post: number;
  from: number;
  to: number;
  why: string;
}

export interface Night {
  from: number;
  to: number;
  posts: Post[];
  vehicles: string[];
  crews: CrewShift[];
  holds: { from: number; to: number }[];
  sorties: NightSortie[];
  charges: NightCharge[];
  standby: string[];
  gaps: NightGap[];
  watched: number;
  words: string[];
}

/** The night that somebody accepted. */
export interface Schedule {
  night: Night;
  by: string | null;
  at: number;
  /** Vehicles that dropped out and that it still needs. */
  droppedOut: string[];
  /** Sorties that are due and have no plan, in words with the reason. */
  withoutPlans: string[];
}

/** A night that is proposed, with what changes for whom. */
export interface ProposedNight {
  schedule: number;
  night: Night;
  changes: string[];
}

/** What somebody has to do next. */
export interface Due {
  at: number;
  what: "takes off" | "relieves" | "swaps" | "shift";
  text: string;
}

/** `undefined`: the message said nothing of it; `null`: no night is scheduled. */
export function readSchedule(value: unknown): Schedule | null | undefined {
  const fields = record(value);
  if (!fields) return undefined;
  const night = readNight(fields["night"]);
  if (!night) return null;
  return { night, by: maybeText(fields, "by"), at: maybeNumber(fields, "at") ?? 0, droppedOut: names(fields["dropped_out"]), withoutPlans: names(fields["without_plans"]) };
}

export function readProposedNight(fields: Fields | null): ProposedNight | null {
  const schedule = fields && number(fields, "schedule");
  const night = fields && readNight(fields["night"]);
  if (!fields || schedule === null || schedule === undefined || !night) return null;
  return { schedule, night, changes: names(fields["changes"]) };
}

export function readNight(value: unknown): Night | null {
  const fields = record(value);
  const request = fields && record(fields["request"]);
  const from = request && number(request, "from");
  const to = request && number(request, "to");
  if (!fields || !request || from === null || from === undefined || to === null || to === undefined) return null;
  return {
    from,
    to,
    posts: list(request, "posts", readPost).read,
    vehicles: list(request, "stock", (one) => text(one, "vehicle") ?? null).read,
    crews: list(request, "crews", readCrew).read,
    holds: list(request, "holds", readSpan).read,
    sorties: list(fields, "sorties", readSortie).read,
    charges: list(fields, "charges", readCharge).read,
    standby: names(fields["standby"]),
    gaps: list(fields, "gaps", readGap).read,
    watched: Math.min(1, Math.max(0, maybeNumber(fields, "watched") ?? 0)),
    words: names(fields["words"]),
  };
}

/** What is due from `now` on, the soonest first. */
export function due(night: Night, now: number, name: (vehicle: string) => string, within_ms = 2 * 3_600_000): Due[] {
  const found: Due[] = [];
  const post = (sortie: NightSortie): string => night.posts[sortie.post]?.name ?? "its post";
  for (const sortie of night.sorties) {
    const crew = night.crews[sortie.crew]?.name ?? "a crew";
    found.push({ at: sortie.leaves, what: "takes off", text: `${name(sortie.vehicle)} takes off for ${post(sortie)} (${crew}, battery ${sortie.pack})` });
    const relieved = night.sorties.find((other) => other !== sortie && other.post === sortie.post && other.watches[0] < sortie.watches[0] && other.watches[1] >= sortie.watches[0]);
    if (relieved) found.push({ at: sortie.watches[0], what: "relieves", text: `${name(sortie.vehicle)} relieves ${name(relieved.vehicle)} at ${post(sortie)}` });
    found.push({ at: sortie.lands, what: "swaps", text: `${name(sortie.vehicle)} lands: battery ${sortie.pack} to the charger` });
  }
  for (const crew of night.crews) if (crew.from !== null) found.push({ at: crew.from, what: "shift", text: `${crew.name} comes on` });
  return found.filter(({ at }) => at >= now && at <= now + within_ms).sort((a, b) => a.at - b.at);
}

/** A bar of the picture. */
export interface Bar {
  kind: "flight" | "watch" | "charge" | "gap" | "hold" | "shift" | "flown";
  from: number;
  to: number;
  text: string;
}

export interface Row {
  label: string;
  group: "posts" | "vehicles" | "batteries" | "crews";
  bars: Bar[];
}

/** The rows of the picture: posts with what watches them and their gaps, vehicles, batteries, crews. */
export function rows(night: Night, name: (vehicle: string) => string, clock: (ms: number) => string): Row[] {
  const span = (from: number, to: number): string => `${clock(from)} to ${clock(to)}`;
  const posts = night.posts.map((post, n): Row => ({
    label: post.name,
    group: "posts",
    bars: [
      ...night.sorties.filter((sortie) => sortie.post === n).map(({ watches: [from, to], vehicle }): Bar => ({ kind: "watch", from, to, text: `${name(vehicle)} watches ${post.name}, ${span(from, to)}` })),
      ...night.gaps.filter((gap) => gap.post === n).map(({ from, to, why }): Bar => ({ kind: "gap", from, to, text: `${post.name} is alone, ${span(from, to)}: ${why}` })),
    ],
  }));
  const vehicles = night.vehicles.map((vehicle): Row => ({
    label: `${name(vehicle)}${night.standby.includes(vehicle) ? " (stands by)" : ""}`,
    group: "vehicles",
    bars: night.sorties
      .filter((sortie) => sortie.vehicle === vehicle)
      .flatMap((sortie): Bar[] => [
        { kind: "flight", from: sortie.leaves, to: sortie.lands, text: `${name(vehicle)} flies, ${span(sortie.leaves, sortie.lands)}, lands with ${Math.round(sortie.left * 100)} % of battery ${sortie.pack}` },
        { kind: "watch", from: sortie.watches[0], to: sortie.watches[1], text: `${name(vehicle)} watches ${night.posts[sortie.post]?.name ?? "a post"}, ${span(...sortie.watches)}` },
      ]),
  }));
  const packs = [...new Set([...night.sorties.map(({ pack }) => pack), ...night.charges.map(({ pack }) => pack)])].sort((a, b) => a.localeCompare(b, "en", { numeric: true }));
  const batteries = packs.map((pack): Row => ({
    label: `Battery ${pack}`,
    group: "batteries",
    bars: [
      ...night.sorties.filter((sortie) => sortie.pack === pack).map(({ leaves, lands, vehicle }): Bar => ({ kind: "flown", from: leaves, to: lands, text: `Battery ${pack} in ${name(vehicle)}, ${span(leaves, lands)}` })),
      ...night.charges.filter((charge) => charge.pack === pack).map(({ from, to, charger }): Bar => ({ kind: "charge", from, to, text: `Battery ${pack} on charger ${charger + 1}, ${span(from, to)}` })),
    ],
  }));
  const crews = night.crews.map((crew, n): Row => ({
    label: crew.name,
    group: "crews",
    bars: [
      { kind: "shift", from: crew.from ?? night.from, to: crew.to ?? night.to, text: `${crew.name} is there, ${span(crew.from ?? night.from, crew.to ?? night.to)}` },
      ...night.sorties.filter((sortie) => sortie.crew === n).map(({ leaves, lands, vehicle }): Bar => ({ kind: "flight", from: leaves, to: lands, text: `${crew.name} flies ${name(vehicle)}, ${span(leaves, lands)}` })),
    ],
  }));
  return [...posts, ...vehicles, ...batteries, ...crews];
}

function readPost(fields: Fields): Post | null {
  const name = text(fields, "name");
  const at = position(fields["at"]);
  return name === undefined || !at ? null : { name, at, from: maybeNumber(fields, "from"), to: maybeNumber(fields, "to") };
}

function readCrew(fields: Fields): CrewShift | null {
  const name = text(fields, "name");
  if (name === undefined) return null;
  return { name, with: maybeText(fields, "with") ?? "", from: maybeNumber(fields, "from"), to: maybeNumber(fields, "to") };
}

function readSpan(fields: Fields): { from: number; to: number } | null {
  const from = number(fields, "from");
  const to = number(fields, "to");
  return from === undefined || to === undefined ? null : { from, to };
}

function packName(value: unknown): string | null {
  const fields = record(value);
  const base = fields && number(fields, "base");
  const pack = fields && number(fields, "number");
  return base === null || base === undefined || pack === null || pack === undefined ? null : `${base + 1}.${pack + 1}`;
}

function readSortie(fields: Fields): NightSortie | null {
  const vehicle = text(fields, "vehicle");
  const [post, crew, leaves, lands] = ["post", "crew", "leaves", "lands"].map((name) => number(fields, name));
  const watches = fields["watches"];
  const pack = packName(fields["pack"]);
  if (vehicle === undefined || pack === null || post === undefined || crew === undefined || leaves === undefined || lands === undefined) return null;
  if (!Array.isArray(watches) || typeof watches[0] !== "number" || typeof watches[1] !== "number") return null;
  return { post, vehicle, crew, pack, leaves, lands, watches: [watches[0], watches[1]], left: maybeNumber(fields, "left") ?? 0 };
}

function readCharge(fields: Fields): NightCharge | null {
  const span = readSpan(fields);
  const pack = packName(fields["pack"]);
  return span && pack !== null ? { ...span, pack, charger: maybeNumber(fields, "charger") ?? 0 } : null;
}

function readGap(fields: Fields): NightGap | null {
  const span = readSpan(fields);
  const post = number(fields, "post");
  return span && post !== undefined ? { ...span, post, why: maybeText(fields, "why") ?? "not said" } : null;
}

function names(value: unknown): string[] {
  return Array.isArray(value) ? value.filter((one) => typeof one === "string").slice(0, 200) : [];
}
