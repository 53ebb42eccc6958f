/** Reading single fields of foreign JSON: the wrong type is an absent field, never an exception. */
import type { Position } from "./messages";

export type Fields = Record<string, unknown>;

/** Longer texts are cut: no sentence of the station comes near. */
const TEXT_LENGTH_MAX = 500;

/** More records than this in one list are left out and counted. */
const RECORDS_MAX = 20_000;

export function record(value: unknown): Fields | null {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Fields) : null;
}

export function number(fields: Fields, name: string): number | undefined {
  const value = fields[name];
  return typeof value === "number" && Number.isFinite(value) ? value : undefined;
}

export function maybeNumber(fields: Fields, name: string): number | null {
  return number(fields, name) ?? null;
}

/** A text that names something: empty counts as absent. */
export function text(fields: Fields, name: string): string | undefined {
  const value = fields[name];
  return typeof value === "string" && value !== "" ? value.slice(0, TEXT_LENGTH_MAX) : undefined;
}

export function maybeText(fields: Fields, name: string): string | null {
  return text(fields, name) ?? null;
}

export function oneOf<T extends string>(allowed: readonly T[], value: unknown, otherwise: T): T {
  return allowed.includes(value as T) ? (value as T) : otherwise;
}

export function position(value: unknown): Position | null {
  if (!Array.isArray(value)) return null;
  const [lon, lat] = value as unknown[];
  if (typeof lon !== "number" || typeof lat !== "number") return null;
  return Math.abs(lon) <= 180 && Math.abs(lat) <= 90 ? [lon, lat] : null;
}

/** Reads a list of records, leaving out and counting what cannot be read. An absent list is empty. */
export function list<T>(fields: Fields, name: string, read: (fields: Fields) => T | null): { read: T[]; unreadable: number } {
  const value = fields[name];
  if (value === undefined || value === null) return { read: [], unreadable: 0 };
  if (!Array.isArray(value)) return { read: [], unreadable: 1 };
  const result: T[] = [];
  for (const item of value.slice(0, RECORDS_MAX) as unknown[]) {
    const itemFields = record(item);
    const itemRead = itemFields && read(itemFields);
    if (itemRead) result.push(itemRead);
  }
  return { read: result, unreadable: value.length - result.length };
}
