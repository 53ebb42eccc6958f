/** Plans and the air on the chart: authorities' zones, closed areas, declared flights, plans, and what is being drawn. */
import type { Feature, FeatureCollection, Position as Place } from "geojson";
import type { GeoJSONSource, LayerSpecification, Map as ChartMap } from "maplibre-gl";
import { METRES_PER_DEGREE } from "../geo";
import type { Position } from "../state/messages";
import { activeAt, type Planning, type Proposal, type UasZone } from "../state/planning";
import { UPRIGHT } from "./style";

const AIR = "planning-air";
const WAYS = "planning-ways";
const DRAWN = "planning-drawn";
const RISK = "planning-risk";

/** A strip on both sides of the line; a way to its left (to its right: negative); a circle round the place; places in a row. */
export type Reach =
  | { kind: "strip"; width_m: number }
  | { kind: "beside"; left_m: number }
  | { kind: "circle"; radius_m: number }
  | { kind: "places" };

/** What is drawn, and what is looked at. */
export interface PlanningScene {
  planning: Planning;
  zones: readonly UasZone[];
  /** The plan that is looked at. */
  chosen: string | null;
  proposal: Proposal | null;
  /** The points drawn so far; `area` closes them. */
  drawn: readonly Position[];
  area: boolean;
  /** What the drawing stands for beyond its points: how wide, how far off, places apart. */
  reach: Reach | null;
  /** Whether the proposal's map of risk is to be seen. */
  risk: boolean;
  open: boolean;
  now: number;
}

const ACTIVE = { prohibited: "#ff5d57", authorisation: "#f0a93b", conditional: "#d9c95a" } as const;

/** Zones, areas and declared flights as polygons. What does not apply now is drawn, and drawn as that. */
export function airFeatures({ planning, zones, now, open }: PlanningScene): FeatureCollection {
  const features: Feature[] = zones.flatMap((zone) => {
    const active = activeAt(zone.active, now);
    // Outside of planning only what applies now is of interest.
    if (!active && !open) return [];
    const label = zone.name ?? zone.id;
    return [polygon(zone.rings, { kind: "zone", colour: ACTIVE[zone.restriction], active, label })];
  });
  for (const area of planning.areas) {
    if (area.to < now) continue;
    const active = area.from <= now;
    const label = `CLOSED ${area.name}\n${clock(area.from)}–${clock(area.to)}`;
    features.push(polygon([area.ring], { kind: "area", colour: "#ff4d7d", active, label }));
  }
  for (const flight of planning.flights) {
    if (flight.to < now || !open) continue;
    const active = flight.from <= now;
    const label = `${flight.operator}\n${clock(flight.from)}–${clock(flight.to)}`;
    features.push(polygon([flight.ring], { kind: "flight", colour: "#96d9b0", active, label }));
  }
  return collection(features);
}

/** The plan that is looked at, and the proposal with the places of what is wrong. */
export function wayFeatures({ planning, chosen, proposal, open }: PlanningScene): FeatureCollection {
  if (!open) return collection([]);
  const plan = planning.plans.find(({ id }) => id === chosen);
  const proposed = proposal?.plans ?? [];
  const ways = proposed.length > 0 ? proposed.map(({ way }) => way) : (proposal?.ways ?? []);
  const features = ways.map((way) => line(way, { kind: "proposal" }));
  if (plan) features.push(line(plan.way, { kind: "plan" }));
  const reports = [...proposed.map(({ report }) => report), plan?.report ?? null];
  for (const finding of reports.flatMap((report) => report?.findings ?? [])) {
    if (finding.position) features.push(point(finding.position, { kind: "finding" }));
  }
  return collection(features);
}

export function drawnFeatures({ drawn, area, reach, open }: PlanningScene): FeatureCollection {
  if (!open || drawn.length === 0) return collection([]);
  const points = drawn.map((place, n) => point(place, { kind: "corner", ...(reach?.kind === "places" ? { number: `${n + 1}` } : {}) }));
  if (reach?.kind === "places") return collection(points);
  if (reach?.kind === "circle") return collection([line(circle(drawn[0]!, reach.radius_m), { kind: "reach" }), ...points]);
  if (drawn.length < 2) return collection(points);
  const outline = area && drawn.length > 2 ? [...drawn, drawn[0]!] : drawn;
  const shape = line(outline, { kind: "outline" });
  if (reach?.kind === "beside") return collection([line(aside(drawn, reach.left_m), { kind: "reach" }), shape, ...points]);
  if (reach?.kind === "strip") {
    const ring = [...aside(drawn, reach.width_m / 2), ...aside(drawn, -reach.width_m / 2).reverse()];
    return collection([polygon([ring], { kind: "fill" }), shape, ...points]);
  }
  return collection(area && drawn.length > 2 ? [polygon([[...drawn]], { kind: "fill" }), shape, ...points] : [shape, ...points]);
}

/** The cells of a map of risk that stand out; less than this of a hundred is not drawn. */
const RISK_MIN = 5;

export function riskFeatures({ risk: shown, proposal, open }: PlanningScene): FeatureCollection {
  const risk = shown && open ? proposal?.risk : null;
  if (!risk) return collection([]);
  const [southWest, southEast, northWest] = risk.corners;
  const at = (column: number, row: number): Position => {
    const [east, north] = [column / risk.columns, row / risk.rows];
    const axis = (n: 0 | 1): number => southWest[n] + east * (southEast[n] - southWest[n]) + north * (northWest[n] - southWest[n]);
    return [axis(0), axis(1)];
  };
  const cells = risk.values.flatMap((value, n) => {
    if (value < RISK_MIN) return [];
    const [column, row] = [n % risk.columns, Math.floor(n / risk.columns)];
    const ring = [at(column, row), at(column + 1, row), at(column + 1, row + 1), at(column, row + 1)];
    return [polygon([ring], { value })];
  });
  return collection(cells);
}

/** A sketch of the line so far to its left; corners are mitred. What is flown is the station's, exactly. */
function aside(drawn: readonly Position[], left_m: number): Position[] {
  const [, latitude] = drawn[0]!;
  const perLon = METRES_PER_DEGREE * Math.cos((latitude * Math.PI) / 180);
  const at = drawn.map(([lon, lat]): [number, number] => [lon * perLon, lat * METRES_PER_DEGREE]);
  const normals = at.slice(1).map(([x, y], n): [number, number] => {
    const [dx, dy] = [x - at[n]![0], y - at[n]![1]];
    const length = Math.hypot(dx, dy) || 1;
    return [-dy / length, dx / length];
  });
  return at.map(([x, y], n): Position => {
    const before = normals[Math.max(0, n - 1)]!;
    const after = normals[Math.min(normals.length - 1, n)]!;
    const sum: [number, number] = [before[0] + after[0], before[1] + after[1]];
    // A sharp corner is not drawn farther out than twice the distance.
    const scale = Math.min(2, 2 / Math.max(1e-9, sum[0] ** 2 + sum[1] ** 2));
    return [(x + left_m * sum[0] * scale) / perLon, (y + left_m * sum[1] * scale) / METRES_PER_DEGREE];
  });
}

function circle([lon, lat]: Position, radius_m: number): Position[] {
  const perLon = METRES_PER_DEGREE * Math.cos((lat * Math.PI) / 180);
  return Array.from({ length: 49 }, (_, n): Position => {
    const angle = (2 * Math.PI * n) / 48;
    return [lon + (radius_m * Math.cos(angle)) / perLon, lat + (radius_m * Math.sin(angle)) / METRES_PER_DEGREE];
  });
}

const LAYERS: LayerSpecification[] = [
  {
    id: "risk",
    type: "fill",
    source: RISK,
    paint: {
      "fill-color": ["interpolate", ["linear"], ["get", "value"], 0, "#3a2a66", 40, "#a8326e", 70, "#f0813b", 100, "#ffe27a"],
      "fill-opacity": ["interpolate", ["linear"], ["get", "value"], 0, 0, 100, 0.55],
      "fill-antialias": false,
    },
  },
  {
    id: "air-fill",
    type: "fill",
    source: AIR,
    paint: { "fill-color": ["get", "colour"], "fill-opacity": ["case", ["get", "active"], 0.16, 0.03] },
  },
  {
    id: "air-line",
    type: "line",
    source: AIR,
    filter: ["get", "active"],
    paint: { "line-color": ["get", "colour"], "line-width": ["match", ["get", "kind"], "area", 2.4, 1.3] },
  },
  {
    id: "air-line-later",
    type: "line",
    source: AIR,
    filter: ["!", ["get", "active"]],
    paint: { "line-color": ["get", "colour"], "line-width": 1.3, "line-dasharray": [2, 3] },
  },
  {
    id: "air-name",
    type: "symbol",
    source: AIR,
    layout: { "text-field": ["get", "label"], "text-font": UPRIGHT, "text-size": 12, "text-max-width": 14 },
    paint: { "text-color": ["get", "colour"], "text-halo-color": "#0a1219", "text-halo-width": 1.6 },
  },
  {
    id: "way-case",
    type: "line",
    source: WAYS,
    filter: ["==", ["geometry-type"], "LineString"],
    layout: { "line-join": "round" },
    paint: { "line-color": "#050a0e", "line-width": 5 },
  },
  {
    id: "way",
    type: "line",
    source: WAYS,
    filter: ["==", ["geometry-type"], "LineString"],
    layout: { "line-join": "round" },
    paint: { "line-color": ["match", ["get", "kind"], "proposal", "#ffffff", "#5ad1ff"], "line-width": 2.2 },
  },
  {
    id: "finding",
    type: "circle",
    source: WAYS,
    filter: ["==", ["get", "kind"], "finding"],
    paint: { "circle-radius": 9, "circle-color": "#ff4d4d33", "circle-stroke-color": "#ff4d4d", "circle-stroke-width": 2.5 },
  },
  {
    id: "drawn-fill",
    type: "fill",
    source: DRAWN,
    filter: ["==", ["get", "kind"], "fill"],
    paint: { "fill-color": "#ffffff", "fill-opacity": 0.08 },
  },
  {
    id: "drawn-line",
    type: "line",
    source: DRAWN,
    filter: ["==", ["get", "kind"], "outline"],
    paint: { "line-color": "#ffffff", "line-width": 1.8, "line-dasharray": [3, 2] },
  },
  {
    id: "drawn-corner",
    type: "circle",
    source: DRAWN,
    filter: ["==", ["get", "kind"], "corner"],
    paint: { "circle-radius": 5, "circle-color": "#ffffff", "circle-stroke-color": "#050a0e", "circle-stroke-width": 2 },
  },
  {
    id: "drawn-reach",
    type: "line",
    source: DRAWN,
    filter: ["==", ["get", "kind"], "reach"],
    paint: { "line-color": "#ffffff", "line-width": 1.3, "line-opacity": 0.7, "line-dasharray": [1, 2] },
  },
  {
    id: "drawn-number",
    type: "symbol",
    source: DRAWN,
    filter: ["has", "number"],
    layout: { "text-field": ["get", "number"], "text-font": UPRIGHT, "text-size": 13, "text-offset": [0.9, -0.7] },
    paint: { "text-color": "#ffffff", "text-halo-color": "#0a1219", "text-halo-width": 1.6 },
  },
];

/** Puts the scene on the chart; the first time with sources and layers. False while the chart is still loading. */
export function showPlanning(map: ChartMap, scene: PlanningScene): boolean {
  if (!map.isStyleLoaded() && !map.getSource(AIR)) return false;
  if (!map.getSource(AIR)) {
    for (const id of [RISK, AIR, WAYS, DRAWN]) map.addSource(id, { type: "geojson", data: collection([]) });
    for (const layer of LAYERS) map.addLayer(layer);
  }
  map.getSource<GeoJSONSource>(RISK)?.setData(riskFeatures(scene));
  map.getSource<GeoJSONSource>(AIR)?.setData(airFeatures(scene));
  map.getSource<GeoJSONSource>(WAYS)?.setData(wayFeatures(scene));
  map.getSource<GeoJSONSource>(DRAWN)?.setData(drawnFeatures(scene));
  return true;
}

function clock(ms: number): string {
  return `${new Date(ms).toISOString().slice(11, 16)}Z`;
}

const place = (at: Position): Place => [at[0], at[1]];

function polygon(rings: readonly Position[][], properties: Record<string, unknown>): Feature {
  const closed = rings.map((ring) => {
    const [first] = ring;
    const last = ring[ring.length - 1];
    const open = first && last && (first[0] !== last[0] || first[1] !== last[1]);
    return (open ? [...ring, first] : ring).map(place);
  });
  return { type: "Feature", properties, geometry: { type: "Polygon", coordinates: closed } };
}

function line(way: readonly Position[], properties: Record<string, unknown>): Feature {
  return { type: "Feature", properties, geometry: { type: "LineString", coordinates: way.map(place) } };
}

function point(at: Position, properties: Record<string, unknown>): Feature {
  return { type: "Feature", properties, geometry: { type: "Point", coordinates: place(at) } };
}

function collection(features: Feature[]): FeatureCollection {
  return { type: "FeatureCollection", features };
}
