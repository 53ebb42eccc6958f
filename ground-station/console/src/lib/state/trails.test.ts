import { describe, expect, test } from "vitest";
import { aTrack, aVehicle } from "./examples";
import type { Track, Vehicle } from "./messages";
import { EMPTY_PICTURE, type Picture } from "./picture";
import { Trails } from "./trails";

const picture = (vehicles: Vehicle[], tracks: Track[] = []): Picture => ({
  ...EMPTY_PICTURE,
  vehicles: new Map(vehicles.map((vehicle) => [vehicle.id, vehicle])),
  tracks: new Map(tracks.map((track) => [track.id, track])),
});

const flown = (trails: Trails, times: number[]): void => {
  for (const measured_at of times) trails.follow(picture([aVehicle({ measured_at })]));
};

describe("trails", () => {
  test("crumbs are a second apart and kept for five minutes", () => {
    const trails = new Trails();
    flown(trails, Array.from({ length: 5 * 400 }, (_, i) => i * 200));
    const crumbs = trails.of("v:kiel-1");
    expect(crumbs.length).toBe(301);
    expect(crumbs[0]?.at).toBe(99_000);
  });

  test("a silence breaks the line", () => {
    const trails = new Trails();
    flown(trails, [0, 1000, 30_000, 31_000]);
    expect(trails.of("v:kiel-1").map(({ joined }) => joined)).toEqual([false, true, false, true]);
  });

  test("a clock that goes back begins anew", () => {
    const trails = new Trails();
    flown(trails, [50_000, 51_000, 1000]);
    expect(trails.of("v:kiel-1").map(({ at, joined }) => [at, joined])).toEqual([[1000, false]]);
  });

  test("what leaves the picture leaves no trail", () => {
    const trails = new Trails();
    trails.follow(picture([], [aTrack()]));
    expect(trails.of("t:17")).toHaveLength(1);
    trails.follow(picture([]));
    expect(trails.of("t:17")).toHaveLength(0);
  });

  test("after a reconnection tracks begin anew, vehicles do not", () => {
    const trails = new Trails();
    trails.follow(picture([aVehicle()], [aTrack()]));
    trails.forgetTracks();
    expect(trails.of("t:17")).toHaveLength(0);
    expect(trails.of("v:kiel-1")).toHaveLength(1);
  });

  test("own echoes, clutter and the tentative leave none", () => {
    const trails = new Trails();
    trails.follow(
      picture([], [aTrack({ id: 1, own: "kiel-1" }), aTrack({ id: 2, status: "tentative" }), aTrack({ id: 3, class: "clutter" })]),
    );
    expect([1, 2, 3].flatMap((id) => trails.of(`t:${id}`))).toEqual([]);
  });
});
