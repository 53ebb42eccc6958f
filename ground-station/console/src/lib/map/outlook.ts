/** Outlooks on the chart: where an intruder lands with 50 and 90 %, where it came from, who goes and by which way. */
import type { Feature, FeatureCollection } from "geojson";
import type { FilterSpecification, GeoJSONSource, LayerSpecification, Map as ChartMap } from "maplibre-gl";
import type { Position } from "../state/messages";
import type { Outlooks, RegionPart } from "../state/outlook";
import type { PlaceName } from "../symbols/scene";

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
      features.push(point(area.at, "lands"));
    }
    if (!alone) continue;
    const [unit] = outlook.units;
    if (unit) {
      features.push(line(unit.way, "goes"));
      const end = unit.way[unit.way.length - 1];
      if (end) features.push(point(end, "waits"));
    }
    const from = outlook.launches[0];
    if (from) features.push(point(from.at, "came"));
    if (outlook.lost_at !== null) for (const { way } of outlook.if_lost?.ways ?? []) features.push(line(way, "search"));
  }
  return collection(features);
}

/** The words beside its dots. They stand on the symbols' canvas, where all labels keep clear of one another. */
export function outlookNames({ outlooks, track, shown }: OutlookScene): PlaceName[] {
  if (!shown) return [];
  const alone = track !== null ? outlooks.byTrack.get(track) : undefined;
  const drawn = alone ? [alone] : [...outlooks.byTrack.values()];
  const lands = drawn.flatMap(({ areas }) =>
    areas.map(({ at, name, probability }) => ({ position: at, title: percent(probability), detail: name ?? "", colour: LANDS })),
  );
  const unit = alone?.units[0];
  const end = unit?.way[unit.way.length - 1];
  const from = alone?.launches[0];
  return [
    ...lands,
    ...(unit && end ? [{ position: end, title: unit.name, detail: "", colour: GOES }] : []),
    ...(from ? [{ position: from.at, title: `from here ${percent(from.probability)}`, detail: from.name, colour: CAME_FROM }] : []),
  ];
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

const dot = (id: string, colour: string, radius: number): LayerSpecification => ({
  id: `outlook-${id}`,
  type: "circle",
  source: SOURCE,
  filter: is(id),
  paint: { "circle-radius": radius, "circle-color": colour, "circle-stroke-color": "#050a0e", "circle-stroke-width": 2 },
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
  dot("lands", LANDS, 4),
  dot("came", CAME_FROM, 4),
  dot("waits", GOES, 6),
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

function point([lon, lat]: Position, kind: string): Feature {
  return { type: "Feature", properties: { kind }, geometry: { type: "Point", coordinates: [lon, lat] } };
}

function collection(features: Feature[]): FeatureCollection {
  return { type: "FeatureCollection", features };
}
