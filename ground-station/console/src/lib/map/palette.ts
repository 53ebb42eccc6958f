/**
 * The colours of the chart and of what moves on it.
 *
 * The chart stays below the symbols: no chart colour is brighter than the dimmest symbol. The symbols' hues follow
 * the habit of the trade: own blue, unknown yellow, alarm red, neutral green.
 */
export const CHART = {
  beyond: "#060c12",
  sea: "#0b1d2d",
  land: "#1c2328",
  green: "#1b2623",
  industrial: "#22292e",
  military: "#282529",
  building: "#313b42",
  buildingEdge: "#3f4a52",
  pier: "#414e57",
  pierEdge: "#586873",
  road: "#333e45",
  roadMajor: "#47535b",
  rail: "#47525a",
  coast: "#4a6a7e",
  seaway: "#3a6078",
  seawayText: "#7ba1b6",
  seamark: "#8aa0ad",
  hazard: "#7d8a93",
  place: "#a8b7c1",
  street: "#82909a",
  text: "#8fa0ab",
  halo: "#0a1219",
  graticule: "#41566a",
} as const;

export const ZONE = {
  restricted: "#ff5d57",
  flight_controlled: "#f0a93b",
  border: "#d9b3ff",
  unknown: "#9fb1bf",
} as const;

export const ZONE_TEXT = {
  restricted: "#ff9a94",
  flight_controlled: "#e9bb72",
  border: "#d9b3ff",
  unknown: "#b4c2cb",
} as const;

export const SENSOR = "#7fb8a8";

export const SYMBOL = {
  own: "#5ad1ff",
  ownLost: "#7f99a6",
  drone: "#ffd54a",
  vessel: "#96d9b0",
  aircraft: "#cdb2ff",
  vehicle: "#d8b98c",
  person: "#e3a7b9",
  bird: "#8f8a76",
  unknown: "#dfe6ea",
  clutter: "#65717a",
  tentative: "#7b8893",
  critical: "#ff4d4d",
  warning: "#ffac33",
  notice: "#7fb9ff",
  selected: "#ffffff",
  text: "#f2f6f8",
  textDim: "#b4c2cb",
  halo: "#050a0e",
} as const;
