/** Outlooks on the chart: where an intruder lands with 50 and 90 %, where it came from, who goes and by which way. */
import type { Feature, FeatureCollection } from "geojson";
import type { FilterSpecification, GeoJSONSource, LayerSpecification, Map as ChartMap } from "maplibre-gl";
import type { Position } from "../state/messages";
import type { Outlooks, RegionPart } from "../state/outlook";
import { UPRIGHT } from "./style";

const SOURCE = "outlook";

export interface OutlookScene {
  outlooks: Outlooks;
  /** The track that is looked at: all of its outlook is drawn, of the others only where they land. */
  track: number | null;
  shown: boolean;
}

const LANDS = "#ffb14a";
const CAME_FROM = "#c39bff";
const GOES = "#7ee29a";

/** What is drawn: regions first, ways and names above them. */
export function outlookFeatures({ outlooks, track, shown }: OutlookScene): FeatureCollection {
  if (!shown) return collection([]);
  const alone = track !== null && outlooks.byTrack.has(track);
  const drawn = [...outlooks.byTrack.values()].filter((outlook) => !alone || outlook.track === track);
  const features: Feature[] = [];
  for (const { track: id } of drawn) {
    const maps = outlooks.maps.get(id);
    if (!maps) continue;
    if (alone) features.push(...regions(maps.launch.most, "came-most"), ...regions(maps.launch.half, "came-half"));
    features.push(...regions(maps.landing.most, "lands-most"), ...regions(maps.landing.half, "lands-half"));
  }
  for (const outlook of drawn) {
    for (const area of outlook.areas) {
      features.push(point(area.at, { kind: "lands", label: `${percent(area.probability)}${area.name ? `\n${area.name}` : ""}` }));
    }
    if (!alone) continue;
    const [unit] = outlook.units;
    if (unit) {
      features.push(line(unit.way, "goes"));
      const end = unit.way[unit.way.length - 1];
      if (end) features.push(point(end, { kind: "waits", label: unit.name }));
    }
    const from = outlook.launches[0];
    if (from) features.push(point(from.at, { kind: "came", label: `from here ${percent(from.probability)}\n${from.name}` }));
    if (outlook.lost_at !== null) for (const { way } of outlook.if_lost?.ways ?? []) features.push(line(way, "search"));
  }
  return collection(features);
}

const is = (kind: string): FilterSpecification => ["==", ["get", "kind"], kind];

const region = (id: string, colour: string, opacity: number, width: number, dash?: number[]): LayerSpecification[] => [
  { id: `outlook-${id}`, type: "fill", source: SOURCE, filter: is(id), paint: { "fill-color": colour, "fill-opacity": opacity } },
  {
    id: `outlook-${id}-edge`,
    type: "line",
    source: SOURCE,
    filter: is(id),
    paint: { "line-color": colour, "line-width": width, ...(dash ? { "line-dasharray": dash } : {}) },
  },
];

const name = (id: string, colour: string, offset: [number, number]): LayerSpecification => ({
  id: `outlook-${id}-name`,
  type: "symbol",
  source: SOURCE,
  filter: is(id),
  layout: { "text-field": ["get", "label"], "text-font": UPRIGHT, "text-size": 13, "text-offset": offset, "text-max-width": 12 },
  paint: { "text-color": colour, "text-halo-color": "#0a1219", "text-halo-width": 1.8 },
});

const LAYERS: LayerSpecification[] = [
  ...region("came-most", CAME_FROM, 0.05, 1, [2, 3]),
  ...region("came-half", CAME_FROM, 0.12, 1.4, [4, 2]),
  ...region("lands-most", LANDS, 0.1, 1.2, [4, 2]),
  ...region("lands-half", LANDS, 0.26, 2),
  {
    id: "outlook-goes-case",
    type: "line",
    source: SOURCE,
    filter: is("goes"),
    layout: { "line-join": "round" },
    paint: { "line-color": "#050a0e", "line-width": 6 },
  },
  {
    id: "outlook-goes",
    type: "line",
    source: SOURCE,
    filter: is("goes"),
    layout: { "line-join": "round" },
    paint: { "line-color": GOES, "line-width": 2.6 },
  },
  {
    id: "outlook-search",
    type: "line",
    source: SOURCE,
    filter: is("search"),
    paint: { "line-color": "#ffffff", "line-width": 1.6, "line-dasharray": [2, 2] },
  },
  {
    id: "outlook-waits",
    type: "circle",
    source: SOURCE,
    filter: is("waits"),
    paint: { "circle-radius": 6, "circle-color": GOES, "circle-stroke-color": "#050a0e", "circle-stroke-width": 2 },
  },
  name("lands", LANDS, [0, 0]),
  name("waits", GOES, [0, 1.4]),
  name("came", CAME_FROM, [0, -1.2]),
];

/** Puts the scene on the chart; the first time with source and layers. False while the chart is still loading. */
export function showOutlook(map: ChartMap, scene: OutlookScene): boolean {
  if (!map.isStyleLoaded() && !map.getSource(SOURCE)) return false;
  if (!map.getSource(SOURCE)) {
    map.addSource(SOURCE, { type: "geojson", data: collection([]) });
    for (const layer of LAYERS) map.addLayer(layer);
  }
  map.getSource<GeoJSONSource>(SOURCE)?.setData(outlookFeatures(scene));
  return true;
}

function percent(probability: number): string {
  return `${Math.round(probability * 100)} %`;
}

function regions(parts: readonly RegionPart[], kind: string): Feature[] {
  const closed = (ring: readonly Position[]): number[][] => [...ring, ring[0]!].map(([lon, lat]) => [lon, lat]);
  return parts.map((part) => ({
    type: "Feature",
    properties: { kind },
    geometry: { type: "Polygon", coordinates: part.map(closed) },
  }));
}

function line(way: readonly Position[], kind: string): Feature {
  return { type: "Feature", properties: { kind }, geometry: { type: "LineString", coordinates: way.map(([lon, lat]) => [lon, lat]) } };
}

function point([lon, lat]: Position, properties: Record<string, unknown>): Feature {
  return { type: "Feature", properties, geometry: { type: "Point", coordinates: [lon, lat] } };
}

function collection(features: Feature[]): FeatureCollection {
  return { type: "FeatureCollection", features };
}
