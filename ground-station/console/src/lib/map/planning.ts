/** Plans and the air on the chart: authorities' zones, closed areas, declared flights, plans, and what is being drawn. */
import type { Feature, FeatureCollection, Position as Place } from "geojson";
import type { GeoJSONSource, LayerSpecification, Map as ChartMap } from "maplibre-gl";
import type { Position } from "../state/messages";
import { activeAt, type Planning, type Proposal, type UasZone } from "../state/planning";
import { UPRIGHT } from "./style";

const AIR = "planning-air";
const WAYS = "planning-ways";
const DRAWN = "planning-drawn";

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

export function drawnFeatures({ drawn, area, open }: PlanningScene): FeatureCollection {
  if (!open || drawn.length === 0) return collection([]);
  const points = drawn.map((place) => point(place, { kind: "corner" }));
  if (drawn.length < 2) return collection(points);
  const outline = area && drawn.length > 2 ? [...drawn, drawn[0]!] : drawn;
  const shape = line(outline, { kind: "outline" });
  return collection(area && drawn.length > 2 ? [polygon([[...drawn]], { kind: "fill" }), shape, ...points] : [shape, ...points]);
}

const LAYERS: LayerSpecification[] = [
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
];

/** Puts the scene on the chart; the first time with sources and layers. False while the chart is still loading. */
export function showPlanning(map: ChartMap, scene: PlanningScene): boolean {
  if (!map.isStyleLoaded() && !map.getSource(AIR)) return false;
  if (!map.getSource(AIR)) {
    for (const id of [AIR, WAYS, DRAWN]) map.addSource(id, { type: "geojson", data: collection([]) });
    for (const layer of LAYERS) map.addLayer(layer);
  }
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
