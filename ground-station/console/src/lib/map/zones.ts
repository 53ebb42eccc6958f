/** The site's zones and sensors as GeoJSON, for the map's own layers. */
import type { Feature, FeatureCollection } from "geojson";
import { circle, sector, toScreen, type Viewport } from "../geo";
import type { Sensor, Zone } from "../state/site";

const SENSOR_NAMES: Record<string, string> = {
  radar: "Radar",
  coastal_radar: "Coastal radar",
  rf_direction_finder: "Direction finder",
  ais_receiver: "AIS receiver",
  camera: "Camera",
  acoustic: "Acoustic array",
  remote_id_receiver: "Remote ID receiver",
  adsb_receiver: "ADS-B receiver",
};

export function sensorName(kind: string): string {
  return SENSOR_NAMES[kind] ?? kind.replaceAll("_", " ");
}

/** Areas as polygons; a border as the line it is. */
export function zoneFeatures(zones: readonly Zone[]): FeatureCollection {
  return collection(
    zones.map((zone) => {
      const outline = zone.kind === "border" ? (zone.line ?? zone.ring) : zone.ring;
      const ring = outline.map((place) => [place[0], place[1]]);
      const properties = { id: zone.id, name: zone.name, kind: zone.kind };
      if (zone.kind === "border" || ring.length < 3) {
        return { type: "Feature", properties, geometry: { type: "LineString", coordinates: ring } };
      }
      const first = ring[0];
      const last = ring[ring.length - 1];
      const closed = first && last && (first[0] !== last[0] || first[1] !== last[1]) ? [...ring, first] : ring;
      return { type: "Feature", properties, geometry: { type: "Polygon", coordinates: [closed] } };
    }),
  );
}

export function sensorFeatures(sensors: readonly Sensor[]): FeatureCollection {
  return collection(
    sensors.map((sensor) => ({
      type: "Feature",
      properties: { id: sensor.id, kind: sensor.kind },
      geometry: { type: "Point", coordinates: [sensor.position[0], sensor.position[1]] },
    })),
  );
}

/** A ring at the range of each sensor; a sector where it does not see all round. */
export function rangeFeatures(sensors: readonly Sensor[]): FeatureCollection {
  return collection(
    sensors.flatMap((sensor): Feature[] => {
      if (sensor.range_m === null || sensor.range_m <= 0) return [];
      const properties = { id: sensor.id };
      if (sensor.sector_deg) {
        const ring = sector(sensor.position, sensor.range_m, sensor.sector_deg).map((place) => [place[0], place[1]]);
        return [{ type: "Feature", properties, geometry: { type: "Polygon", coordinates: [ring] } }];
      }
      const ring = circle(sensor.position, sensor.range_m, 180).map((place) => [place[0], place[1]]);
      return [{ type: "Feature", properties, geometry: { type: "LineString", coordinates: ring } }];
    }),
  );
}

/** A sensor's icon is as wide as this on either side, pixels. */
const ICON_PX = 12;

/** The sensor whose icon is at a place of the screen. */
export function sensorAt(sensors: readonly Sensor[], view: Viewport, x: number, y: number): string | null {
  const under = sensors.find((sensor) => {
    const [sensorX, sensorY] = toScreen(view, sensor.position[0], sensor.position[1]);
    return Math.hypot(sensorX - x, sensorY - y) <= ICON_PX;
  });
  return under?.id ?? null;
}

/** The edge of the chart: beyond it nothing is drawn because nothing is known, not because nothing is there. */
export function chartLimit(bounds: [number, number, number, number]): FeatureCollection {
  const [w, s, e, n] = bounds;
  const ring = [[w, s], [e, s], [e, n], [w, n], [w, s]];
  return collection([{ type: "Feature", properties: {}, geometry: { type: "LineString", coordinates: ring } }]);
}

function collection(features: Feature[]): FeatureCollection {
  return { type: "FeatureCollection", features };
}
