/**
 * The chart below the symbols: MapLibre, north up, fed from one PMTiles file of the station.
 *
 * Always north up and seen from straight above: a symbol's direction on the screen is its direction, and the canvas of
 * symbols needs no more than a scale and a shift to agree with the map.
 */
import { addProtocol, Map as ChartMap, setWorkerUrl, type LngLatBoundsLike } from "maplibre-gl";
import workerUrl from "maplibre-gl/dist/maplibre-gl-worker.mjs?worker&url";
import { PMTiles, Protocol } from "pmtiles";
import type { Site } from "../state/site";
import { addIcons } from "./icons";
import { CHART } from "./palette";
import { chartStyle, SLANTED } from "./style";
import { chartLimit } from "./zones";

setWorkerUrl(workerUrl);
const protocol = new Protocol();
addProtocol("pmtiles", protocol.tile);

/** Opens the chart of a site. Throws where the browser cannot draw one (no WebGL 2). */
export function openChart(container: HTMLElement, site: Site): ChartMap {
  const archive = site.map ? new PMTiles(new URL(site.map, location.href).href) : null;
  if (archive) protocol.add(archive);
  const map = new ChartMap({
    container,
    style: chartStyle(site, archive && `pmtiles://${archive.source.getKey()}`),
    bounds: site.bounds as LngLatBoundsLike,
    fitBoundsOptions: { padding: 16 },
    minZoom: 5,
    maxZoom: 19,
    maxPitch: 0,
    dragRotate: false,
    pitchWithRotate: false,
    touchPitch: false,
    renderWorldCopies: false,
    attributionControl: false,
    fadeDuration: 0,
  });
  map.touchZoomRotate.disableRotation();
  map.keyboard.disableRotation();
  map.once("style.load", () => {
    addIcons(map);
    if (archive) void drawLimit(map, archive);
  });
  return map;
}

async function drawLimit(map: ChartMap, archive: PMTiles): Promise<void> {
  const header = await archive.getHeader();
  map.addSource("limit", {
    type: "geojson",
    data: chartLimit([header.minLon, header.minLat, header.maxLon, header.maxLat]),
  });
  map.addLayer({
    id: "limit",
    type: "line",
    source: "limit",
    paint: { "line-color": CHART.coast, "line-width": 1, "line-opacity": 0.6, "line-dasharray": [2, 3] },
  });
  map.addLayer({
    id: "limit-name",
    type: "symbol",
    source: "limit",
    layout: {
      "symbol-placement": "line",
      "symbol-spacing": 600,
      "text-field": "edge of the chart",
      "text-font": SLANTED,
      "text-size": 11,
      "text-offset": [0, -0.8],
    },
    paint: { "text-color": CHART.street },
  });
}
