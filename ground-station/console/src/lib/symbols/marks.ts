/**
 * From the picture to marks: what is drawn where, how strongly, and what is written beside it. No canvas here.
 *
 * Three rules hold for every mark. A claim is drawn broken until a sensor has measured it. An estimate fades with its
 * age and says it once it is old. Nothing is carried on by dead reckoning for more than two seconds.
 */
import { deadReckoned, pixelsPerMetre, toScreen, type Viewport } from "../geo";
import { direction, duration, heightOrDepth, knots, metres, metresPerSecond } from "../format";
import { SYMBOL } from "../map/palette";
import { flies, type Position, type Severity, type Track, type Vehicle } from "../state/messages";
import { trackKey, vehicleKey } from "../state/trails";
import { TARGET } from "../words";
import { isMeasured, sameSubject, trackAge, vehicleAge, type Scene, type Subject } from "./scene";

export type Shape =
  | "multirotor"
  | "fixed_wing"
  | "vtol"
  | "boat"
  | "rov"
  | "vehicle"
  | "drone"
  | "bird"
  | "aircraft"
  | "vessel"
  | "vessel_measured_only"
  | "ground_vehicle"
  | "person"
  | "unknown"
  | "clutter"
  | "tentative"
  | "echo";

export interface Mark {
  subject: Subject;
  /** The key of its trail. */
  key: string;
  position: Position;
  x: number;
  y: number;
  shape: Shape;
  colour: string;
  /** Broken outline: nothing but a claim. */
  claimOnly: boolean;
  opacity: number;
  directionDeg: number | null;
  /** Where it will be in a minute, pixels from here. */
  leader: [dx: number, dy: number] | null;
  /** Two standard deviations of the position, pixels. */
  uncertaintyPx: number | null;
  label: { title: string; detail: string } | null;
  trail: boolean;
  alert: Severity | null;
  unseen: boolean;
  selected: boolean;
  hovered: boolean;
  /** Painted later, labelled first and hit first when higher. */
  rank: number;
}

/** An estimate older than this says so beside its symbol. */
export const AGE_SHOWN_MS = 15_000;
/** At this age a symbol has faded to its faintest. */
const FADED_AT_MS = 60_000;
const FAINTEST = 0.45;
const LEADER_S = 60;
/** Slower than this, a course over ground is noise. */
const MOVING_M_S = 0.3;
/** Symbols this far outside the view are left out, pixels. */
const MARGIN_PX = 60;
/** Vessels and unknown targets are named from this scale on. */
const NAMES_FROM_PX_PER_M = 0.05;

export function marksOf(scene: Scene, view: Viewport): Mark[] {
  const marks: Mark[] = [];
  for (const track of scene.picture.tracks.values()) {
    const mark = trackMark(track, scene, view);
    if (mark) marks.push(mark);
  }
  for (const vehicle of scene.picture.vehicles.values()) {
    const mark = vehicleMark(vehicle, scene, view);
    if (mark) marks.push(mark);
  }
  return marks.sort((a, b) => a.rank - b.rank);
}

function trackMark(track: Track, scene: Scene, view: Viewport): Mark | null {
  const alert = scene.alerted.get(track.id) ?? null;
  const subject: Subject = { is: "track", id: track.id };
  const selected = sameSubject(scene.selected, subject);
  const hovered = sameSubject(scene.hovered, subject);
  const estimatedAt = track.updated_at + track.age_ms;
  const elapsed = scene.stale ? 0 : scene.now - estimatedAt;
  const position = deadReckoned(track.position, track.speed_m_s, track.course_deg, elapsed);
  const [x, y] = toScreen(view, position[0], position[1]);
  if (outside(x, y, view) && !selected && !alert) return null;
  const measured = isMeasured(track, scene.sensors);
  const shape = trackShape(track, measured);
  const scale = pixelsPerMetre(view, position[1]);
  const notable = alert !== null || selected || track.class === "drone";
  const age = trackAge(track, scene.now);
  return {
    subject,
    key: trackKey(track.id),
    position,
    x,
    y,
    shape,
    colour: trackColour(track, shape, alert),
    claimOnly: track.claim !== null && !measured,
    opacity: trackOpacity(track, shape, age, alert !== null || selected),
    directionDeg: track.speed_m_s !== null && track.speed_m_s > MOVING_M_S ? track.course_deg : null,
    leader: hasLeader(shape) ? leader(track.speed_m_s, track.course_deg, scale) : null,
    uncertaintyPx:
      track.sigma_m !== null && (notable || hovered || track.status === "coasting") && shape !== "tentative"
        ? 2 * track.sigma_m * scale
        : null,
    label: trackLabel(track, shape, age, notable || hovered || scale > NAMES_FROM_PX_PER_M, selected || hovered),
    trail: shape !== "tentative" && shape !== "echo" && shape !== "clutter" && shape !== "bird",
    alert,
    unseen: scene.unseen.has(track.id),
    selected,
    hovered,
    rank: (alert ? 500 : 0) + (selected ? 1000 : 0) + SHAPE_RANK[shape],
  };
}

function vehicleMark(vehicle: Vehicle, scene: Scene, view: Viewport): Mark | null {
  if (!vehicle.position) return null;
  const subject: Subject = { is: "vehicle", id: vehicle.id };
  const selected = sameSubject(scene.selected, subject);
  const hovered = sameSubject(scene.hovered, subject);
  const age = vehicleAge(vehicle, scene.now);
  const elapsed = scene.stale ? 0 : age;
  const position = deadReckoned(vehicle.position, vehicle.speed_m_s, vehicle.course_deg, elapsed);
  const [x, y] = toScreen(view, position[0], position[1]);
  if (outside(x, y, view) && !selected) return null;
  const shape = vehicle.kind === "unknown" ? "vehicle" : vehicle.kind;
  return {
    subject,
    key: vehicleKey(vehicle.id),
    position,
    x,
    y,
    shape,
    colour: vehicle.connected ? SYMBOL.own : SYMBOL.ownLost,
    claimOnly: false,
    opacity: vehicle.phase === "disarmed" && !selected ? 0.7 : faded(age),
    directionDeg: vehicle.heading_deg,
    // The line to what it is sent to look at stands in for the leader: both at once cannot be told apart.
    leader: flownCue(vehicle, scene) ? null : leader(vehicle.speed_m_s, vehicle.course_deg, pixelsPerMetre(view, position[1])),
    uncertaintyPx: null,
    label: { title: vehicle.name, detail: vehicleDetail(vehicle, age) },
    trail: true,
    alert: null,
    unseen: false,
    selected,
    hovered,
    rank: (selected ? 1000 : 0) + 400,
  };
}

function flownCue(vehicle: Vehicle, scene: Scene): boolean {
  return vehicle.cue !== null && scene.picture.cues.get(vehicle.cue)?.state === "approved";
}

const SHAPE_RANK: Record<Shape, number> = {
  tentative: 0,
  clutter: 1,
  bird: 2,
  echo: 3,
  vessel: 100,
  vessel_measured_only: 100,
  ground_vehicle: 110,
  person: 110,
  unknown: 120,
  aircraft: 150,
  drone: 300,
  multirotor: 400,
  fixed_wing: 400,
  vtol: 400,
  boat: 400,
  rov: 400,
  vehicle: 400,
};

function trackShape(track: Track, measured: boolean): Shape {
  if (track.own !== null) return "echo";
  if (track.status === "tentative") return "tentative";
  if (track.class === "vessel" && !track.claim && measured) return "vessel_measured_only";
  // "vehicle" is the shape of one of ours whose kind is not known.
  return track.class === "vehicle" ? "ground_vehicle" : track.class;
}

function trackColour(track: Track, shape: Shape, alert: Severity | null): string {
  if (shape === "echo") return SYMBOL.own;
  // A drone that raised an alarm turns red; a vessel keeps its colour and gets a ring, for it is seldom the danger.
  if (alert === "critical") return SYMBOL.critical;
  if (shape === "tentative") return SYMBOL.tentative;
  return SYMBOL[track.class];
}

function trackOpacity(track: Track, shape: Shape, age: number, important: boolean): number {
  if (important) return Math.max(0.75, faded(age));
  switch (shape) {
    case "tentative":
      return 0.45;
    case "bird":
    case "clutter":
    case "echo":
      return 0.6;
    default:
      return track.status === "coasting" ? Math.min(0.8, faded(age)) : faded(age);
  }
}

/** From 1 when fresh (up to 5 s) to the faintest after a minute. */
export function faded(ageMs: number): number {
  const share = Math.min(1, Math.max(0, (ageMs - 5000) / (FADED_AT_MS - 5000)));
  return 1 - (1 - FAINTEST) * share;
}

function hasLeader(shape: Shape): boolean {
  return shape !== "tentative" && shape !== "bird" && shape !== "clutter" && shape !== "echo";
}

function leader(speedMS: number | null, courseDeg: number | null, pxPerM: number): [number, number] | null {
  if (speedMS === null || courseDeg === null || speedMS < MOVING_M_S) return null;
  const px = speedMS * LEADER_S * pxPerM;
  const angle = (courseDeg * Math.PI) / 180;
  return [Math.sin(angle) * px, -Math.cos(angle) * px];
}

function trackLabel(track: Track, shape: Shape, age: number, named: boolean, full: boolean): Mark["label"] {
  if (shape === "tentative" || shape === "echo" || shape === "clutter" || shape === "bird") {
    return full ? { title: `T${track.id} ${TARGET[track.class].toLowerCase()}?`, detail: ageNote(track, age) } : null;
  }
  const old = ageNote(track, age);
  if (shape === "vessel" || shape === "vessel_measured_only") {
    if (!named && !old) return null;
    // A claimed name stands in quotation marks: it is what the vessel says.
    const ais = track.claim?.kind === "ais" ? track.claim : null;
    const title = ais?.name ? `“${ais.name}”` : ais?.mmsi ? `MMSI ${ais.mmsi}` : `T${track.id} vessel`;
    const moving = (track.speed_m_s ?? 0) > MOVING_M_S;
    return { title, detail: join(moving ? knots(track.speed_m_s) : "", old) };
  }
  if (!named && !old) return null;
  const what = track.class === "unknown" ? `T${track.id}` : `T${track.id} ${TARGET[track.class].toLowerCase()}`;
  const height = flies(track.class) ? metres(track.height_m) : "";
  return { title: what, detail: join(height, metresPerSecond(track.speed_m_s), old) };
}

function ageNote(track: Track, age: number): string {
  return track.status === "coasting" || age >= AGE_SHOWN_MS ? `${duration(age)} ago` : "";
}

function vehicleDetail(vehicle: Vehicle, age: number): string {
  if (vehicle.phase === "disarmed") return age >= AGE_SHOWN_MS ? `${duration(age)} ago` : "";
  const old = !vehicle.connected || age >= AGE_SHOWN_MS ? `${duration(age)} ago` : "";
  const height = vehicle.kind === "boat" ? direction(vehicle.course_deg) : heightOrDepth(vehicle.kind, vehicle.height_m);
  return join(height, metresPerSecond(vehicle.speed_m_s), old);
}

const join = (...parts: string[]): string => parts.filter((part) => part !== "").join(" · ");

function outside(x: number, y: number, view: Viewport): boolean {
  return x < -MARGIN_PX || y < -MARGIN_PX || x > view.width + MARGIN_PX || y > view.height + MARGIN_PX;
}

/** How near a mark a pointer must be, pixels. */
const HIT_RADIUS_PX = 16;

/** The mark under a point: the nearest, where a higher rank wins at about the same distance. */
export function hit(marks: readonly Mark[], x: number, y: number): Mark | null {
  let best: Mark | null = null;
  let bestScore = Infinity;
  for (const mark of marks) {
    const d = Math.hypot(mark.x - x, mark.y - y);
    if (d > HIT_RADIUS_PX) continue;
    const score = d - mark.rank / 100;
    if (score < bestScore) {
      best = mark;
      bestScore = score;
    }
  }
  return best;
}
