/**
 * How the chart looks: a calm night chart under the symbols.
 *
 * Labels are drawn from fonts of this computer (no `glyphs`), icons from `icons.ts`: the style names no other host.
 */
import type { ExpressionSpecification, LayerSpecification, StyleSpecification } from "maplibre-gl";
import type { Site } from "../state/site";
import { CHART, SENSOR, ZONE, ZONE_TEXT } from "./palette";
import { rangeFeatures, sensorFeatures, zoneFeatures } from "./zones";

export const UPRIGHT = ["Inter", "Roboto", "Noto Sans", "Liberation Sans"];
// The first name decides the slant; where it is not installed the next one is slanted.
export const SLANTED = ["Noto Sans Italic", "Liberation Sans"];
const BOLD = ["Inter Bold", "Roboto", "Noto Sans", "Liberation Sans"];

const TILES = "chart";

/** The style of a site: its chart, if it has one, its zones and its sensors. */
export function chartStyle(site: Site, tiles: string | null): StyleSpecification {
  return {
    version: 8,
    sources: {
      ...(tiles ? { [TILES]: { type: "vector", url: tiles } } : {}),
      zones: { type: "geojson", data: zoneFeatures(site.zones) },
      sensors: { type: "geojson", data: sensorFeatures(site.sensors) },
      ranges: { type: "geojson", data: rangeFeatures(site.sensors) },
    },
    layers: [
      { id: "beyond", type: "background", paint: { "background-color": CHART.beyond } },
      ...(tiles ? [...groundLayers(), ...worksLayers(), ...waterwayLayers()] : []),
      ...zoneLayers(),
      ...sensorLayers(),
      ...(tiles ? nameLayers() : []),
      borderNameLayer(),
    ],
  };
}

const kindIs = (...kinds: string[]): ExpressionSpecification => ["in", ["get", "kind"], ["literal", kinds]];

/** A width in pixels that grows with the scale. */
const growing = (at12: number, at16: number): ExpressionSpecification => [
  "interpolate",
  ["exponential", 1.6],
  ["zoom"],
  12,
  at12,
  16,
  at16,
];

function groundLayers(): LayerSpecification[] {
  const from = { source: TILES } as const;
  return [
    { id: "land", type: "fill", ...from, "source-layer": "land", paint: { "fill-color": CHART.land } },
    {
      id: "landuse",
      type: "fill",
      ...from,
      "source-layer": "landuse",
      filter: ["!", kindIs("marina")],
      paint: {
        "fill-color": [
          "match",
          ["get", "kind"],
          ["forest", "park", "grass", "meadow", "farmland"],
          CHART.green,
          ["industrial", "commercial"],
          CHART.industrial,
          "military",
          CHART.military,
          CHART.land,
        ],
      },
    },
    { id: "water", type: "fill", ...from, "source-layer": "water", paint: { "fill-color": CHART.sea } },
    {
      id: "coast",
      type: "line",
      ...from,
      "source-layer": "water",
      paint: { "line-color": CHART.coast, "line-width": ["match", ["get", "kind"], ["sea", "canal", "lock"], 1.2, 0.5] },
    },
  ];
}

function worksLayers(): LayerSpecification[] {
  const from = { source: TILES } as const;
  return [
    { id: "apron", type: "fill", ...from, "source-layer": "aeroway", paint: { "fill-color": CHART.building } },
    {
      id: "road",
      type: "line",
      ...from,
      "source-layer": "road",
      filter: ["!", kindIs("trunk", "trunk_link", "secondary", "tertiary")],
      minzoom: 12.5,
      paint: { "line-color": CHART.road, "line-width": growing(0.4, 4) },
    },
    {
      id: "road-major",
      type: "line",
      ...from,
      "source-layer": "road",
      filter: kindIs("trunk", "trunk_link", "secondary", "tertiary"),
      paint: { "line-color": CHART.roadMajor, "line-width": growing(0.9, 7) },
    },
    {
      id: "rail",
      type: "line",
      ...from,
      "source-layer": "rail",
      paint: { "line-color": CHART.rail, "line-width": 1.2, "line-dasharray": [4, 2] },
    },
    {
      id: "building",
      type: "fill",
      ...from,
      "source-layer": "building",
      paint: { "fill-color": CHART.building, "fill-outline-color": CHART.buildingEdge },
    },
    { id: "tank", type: "fill", ...from, "source-layer": "tank", paint: { "fill-color": CHART.buildingEdge } },
    {
      id: "fence",
      type: "line",
      ...from,
      "source-layer": "fence",
      minzoom: 15,
      paint: { "line-color": CHART.buildingEdge, "line-width": 0.8, "line-dasharray": [3, 2] },
    },
    {
      id: "pier",
      type: "fill",
      ...from,
      "source-layer": "pier",
      paint: { "fill-color": CHART.pier, "fill-outline-color": CHART.pierEdge },
    },
    {
      id: "pierline",
      type: "line",
      ...from,
      "source-layer": "pierline",
      paint: { "line-color": CHART.pierEdge, "line-width": growing(0.8, 4) },
    },
  ];
}

function waterwayLayers(): LayerSpecification[] {
  const from = { source: TILES } as const;
  return [
    {
      id: "seaway",
      type: "line",
      ...from,
      "source-layer": "seaway",
      paint: { "line-color": CHART.seaway, "line-width": 1.2, "line-dasharray": [6, 4] },
    },
    {
      id: "seamark-far",
      type: "circle",
      ...from,
      "source-layer": "seamark",
      minzoom: 12,
      maxzoom: 13.4,
      filter: kindIs("buoy_lateral", "buoy_cardinal", "buoy_special_purpose", "beacon_special_purpose", "light_minor"),
      paint: { "circle-radius": 1.3, "circle-color": CHART.seamark, "circle-opacity": 0.7 },
    },
    {
      id: "seamark",
      type: "symbol",
      ...from,
      "source-layer": "seamark",
      minzoom: 13.4,
      filter: ["!", kindIs("seabed_area", "small_craft_facility", "distance_mark", "harbour", "calling-in_point", "gate")],
      layout: {
        "icon-image": [
          "match",
          ["get", "kind"],
          "buoy_lateral",
          "mark-lateral",
          "buoy_cardinal",
          "mark-cardinal",
          ["buoy_special_purpose", "beacon_special_purpose"],
          "mark-special",
          ["rock", "wreck"],
          "mark-hazard",
          "light_minor",
          "mark-light",
          "mooring",
          "mark-mooring",
          "pilot_boarding",
          "mark-pilot",
          "mark-point",
        ],
        "icon-size": ["interpolate", ["linear"], ["zoom"], 13.4, 0.75, 15, 1],
        "icon-allow-overlap": true,
        "text-field": ["step", ["zoom"], "", 14, ["coalesce", ["get", "name"], ""]],
        "text-font": SLANTED,
        "text-size": 11,
        "text-anchor": "left",
        "text-offset": [0.9, 0],
        "text-optional": true,
      },
      paint: { "icon-opacity": 0.85, "text-color": CHART.text, "text-halo-color": CHART.halo, "text-halo-width": 1.2 },
    },
    {
      id: "structure",
      type: "circle",
      ...from,
      "source-layer": "structure",
      filter: kindIs("tower", "mast", "beacon", "dolphin"),
      minzoom: 13.5,
      paint: {
        "circle-radius": 1.8,
        "circle-color": CHART.land,
        "circle-stroke-color": CHART.hazard,
        "circle-stroke-width": 1,
      },
    },
    {
      id: "seaway-name",
      type: "symbol",
      ...from,
      "source-layer": "seaway",
      minzoom: 12,
      layout: {
        "symbol-placement": "line",
        "symbol-spacing": 420,
        "text-field": ["get", "name"],
        "text-font": SLANTED,
        "text-size": 11.5,
        "text-offset": [0, -0.8],
      },
      paint: { "text-color": CHART.seawayText, "text-halo-color": CHART.sea, "text-halo-width": 1.5 },
    },
  ];
}

function zoneLayers(): LayerSpecification[] {
  const colour: ExpressionSpecification = [
    "match",
    ["get", "kind"],
    "restricted",
    ZONE.restricted,
    "flight_controlled",
    ZONE.flight_controlled,
    "border",
    ZONE.border,
    ZONE.unknown,
  ];
  const area: ExpressionSpecification = ["==", ["geometry-type"], "Polygon"];
  return [
    {
      id: "zone-tint",
      type: "fill",
      source: "zones",
      filter: area,
      paint: { "fill-color": colour, "fill-opacity": ["match", ["get", "kind"], "restricted", 0.07, 0.035] },
    },
    {
      id: "zone-hatch",
      type: "fill",
      source: "zones",
      filter: ["all", area, kindIs("restricted")],
      paint: { "fill-pattern": "hatch-restricted" },
    },
    {
      id: "zone-edge",
      type: "line",
      source: "zones",
      filter: ["!", kindIs("border", "flight_controlled")],
      paint: { "line-color": colour, "line-width": 1.8, "line-opacity": 0.9 },
    },
    {
      id: "zone-edge-controlled",
      type: "line",
      source: "zones",
      filter: kindIs("flight_controlled"),
      paint: { "line-color": colour, "line-width": 1.4, "line-opacity": 0.8, "line-dasharray": [5, 3] },
    },
    {
      id: "border-glow",
      type: "line",
      source: "zones",
      filter: kindIs("border"),
      paint: { "line-color": colour, "line-width": 9, "line-opacity": 0.13 },
    },
    {
      id: "border",
      type: "line",
      source: "zones",
      filter: kindIs("border"),
      paint: { "line-color": colour, "line-width": 2, "line-dasharray": [8, 3, 2, 3] },
    },
  ];
}

/** Areas are named on the canvas of symbols; a border is named along its line. */
function borderNameLayer(): LayerSpecification {
  return {
    id: "border-name",
    type: "symbol",
    source: "zones",
    filter: kindIs("border"),
    layout: {
      "symbol-placement": "line",
      "symbol-spacing": 500,
      "text-field": ["get", "name"],
      "text-font": BOLD,
      "text-size": 12.5,
      "text-offset": [0, -0.9],
    },
    paint: { "text-color": ZONE_TEXT.border, "text-halo-color": CHART.halo, "text-halo-width": 1.6 },
  };
}

/** Their icons; their names stand on the canvas of symbols. */
function sensorLayers(): LayerSpecification[] {
  return [
    {
      id: "field-of-view",
      type: "fill",
      source: "ranges",
      filter: ["==", ["geometry-type"], "Polygon"],
      paint: { "fill-color": SENSOR, "fill-opacity": 0.06 },
    },
    {
      id: "range",
      type: "line",
      source: "ranges",
      paint: { "line-color": SENSOR, "line-width": 1, "line-opacity": 0.4, "line-dasharray": [2, 5] },
    },
    {
      id: "sensor",
      type: "symbol",
      source: "sensors",
      layout: {
        "icon-image": [
          "match",
          ["get", "kind"],
          ["radar", "coastal_radar"],
          "sensor-radar",
          "camera",
          "sensor-camera",
          // Both give bearings of what they hear.
          ["rf_direction_finder", "acoustic"],
          "sensor-direction",
          "sensor-receiver",
        ],
        "icon-allow-overlap": true,
      },
    },
  ];
}

function nameLayers(): LayerSpecification[] {
  const from = { source: TILES } as const;
  return [
    {
      id: "street-name",
      type: "symbol",
      ...from,
      "source-layer": "road",
      minzoom: 15,
      layout: {
        "symbol-placement": "line",
        "symbol-spacing": 400,
        "text-field": ["get", "name"],
        "text-font": UPRIGHT,
        "text-size": 11,
      },
      paint: { "text-color": CHART.street, "text-halo-color": CHART.land, "text-halo-width": 1.2 },
    },
    {
      id: "pier-name",
      type: "symbol",
      ...from,
      "source-layer": "pierline",
      minzoom: 14.5,
      layout: {
        "symbol-placement": "line",
        "text-field": ["get", "name"],
        "text-font": UPRIGHT,
        "text-size": 11,
        "text-offset": [0, -0.8],
      },
      paint: { "text-color": CHART.text, "text-halo-color": CHART.halo, "text-halo-width": 1.2 },
    },
    {
      id: "place",
      type: "symbol",
      ...from,
      "source-layer": "place",
      layout: {
        "text-field": ["get", "name"],
        "text-font": UPRIGHT,
        "text-size": ["match", ["get", "kind"], "town", 15, "village", 14, 13],
        "text-letter-spacing": 0.12,
        "text-transform": "uppercase",
      },
      paint: { "text-color": CHART.place, "text-halo-color": CHART.halo, "text-halo-width": 1.6 },
    },
  ];
}
