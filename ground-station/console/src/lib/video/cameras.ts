/** The cameras that can be looked at now, as the station lists them. */
import { list, record, text, type Fields } from "../state/fields";

export interface Camera {
  id: string;
  /** Whether a vehicle carries it. */
  vehicle: boolean;
  /** Whether somebody looks at it. */
  looked_at: boolean;
}

/** Reads the answer of `/api/cameras`; null where it is something else. */
export function readCameras(value: unknown): Camera[] | null {
  const fields = record(value);
  return fields && Array.isArray(fields["cameras"]) ? list(fields, "cameras", readCamera).read : null;
}

/** The vehicle's camera that is looked at instead of this one, which therefore cannot be; null where none stands in the way. */
export function inTheWay(cameras: readonly Camera[], id: string): string | null {
  const chosen = cameras.find((camera) => camera.id === id);
  if (!chosen?.vehicle) return null;
  return cameras.find((camera) => camera.vehicle && camera.looked_at && camera.id !== id)?.id ?? null;
}

function readCamera(fields: Fields): Camera | null {
  const id = text(fields, "id");
  if (id === undefined) return null;
  return { id, vehicle: fields["vehicle"] === true, looked_at: fields["looked_at"] === true };
}

export async function fetchCameras(): Promise<Camera[] | null> {
  try {
    const response = await fetch("/api/cameras", { cache: "no-store" });
    return response.ok ? readCameras(await response.json()) : null;
  } catch {
    return null;
  }
}
