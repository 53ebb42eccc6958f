/** What the mock night says ahead: the outlook on its intruder, as a drone or as a balloon, and a schedule of the night. */
import { START_MS } from "./mock-scene.mjs";

const TRACK = 17;
const MINUTE_MS = 60_000;

const ring = ([lon, lat], eastDeg, northDeg) =>
  Array.from({ length: 24 }, (_, n) => {
    const angle = (2 * Math.PI * n) / 24;
    return [lon + eastDeg * Math.cos(angle), lat + northDeg * Math.sin(angle)];
  });

/** Where it lands, close to where it flies: labels must keep apart there. */
const QUAY = [10.1497, 54.3566];

function outlook(fields) {
  const areas = [
    { name: "Quay of the naval harbour", at: QUAY, radius_m: 150, probability: 0.41 },
    { name: "Sporthafen Wik", at: [10.1465, 54.3535], radius_m: 150, probability: 0.2 },
    { name: "Anscharpark", at: [10.1425, 54.3562], radius_m: 150, probability: 0.11 },
  ];
  return {
    track: TRACK,
    alert: "kiel.2",
    lost_at: null,
    drift: "flies",
    wind: null,
    areas,
    units: [{ name: "Streife 1", way: [[10.138, 54.36], [10.144, 54.3585], QUAY], to: areas[0].name, takes_s: 95, chance: 0.4, leave_by: START_MS + 6 * MINUTE_MS }],
    units_known: true,
    fliers: [{ vehicle: "kiel-2", to: QUAY, takes_s: 50, chance: 0.5 }],
    if_lost: null,
    launches: [{ name: "Marina of Mönkeberg", at: [10.178, 54.3556], probability: 0.6 }],
    changes: [],
    ...fields,
  };
}

function regions(half, most) {
  return { half: [[half]], most: [[most]] };
}

/** The fields of a message that tell of it; `balloon`: it drifts with the wind, reported twelve minutes before. */
export function outlookOf({ balloon = false } = {}) {
  const wind = { from_deg: 95, m_s: 5, reported_at: START_MS - 12 * MINUTE_MS };
  const drifting = {
    drift: "with_wind",
    wind,
    areas: [{ name: null, at: [10.138, 54.3562], radius_m: 150, probability: 0.06 }],
    units: [],
    launches: [],
    changes: ["It drifts with the wind: it is taken for a balloon now."],
  };
  const landing = balloon ? regions(ring([10.139, 54.3562], 0.006, 0.0016), ring([10.136, 54.3562], 0.011, 0.003)) : regions(ring(QUAY, 0.003, 0.0016), ring([10.147, 54.356], 0.008, 0.005));
  return {
    outlooks: [outlook(balloon ? drifting : {})],
    outlook_maps: [{ track: TRACK, landing, launch: regions(ring([10.178, 54.3556], 0.004, 0.002), ring([10.18, 54.3556], 0.008, 0.004)), beyond: 0 }],
    outlooks_there: { tracks: [TRACK], flights_ended: 12, calibration: [{ forecasts: 40, promised: 0.2, happened: 0.25 }] },
  };
}

/** A schedule that somebody accepted, from so many minutes after the start for two hours, of which one vehicle dropped out. */
export function scheduleFrom(minutes) {
  const from = START_MS + minutes * MINUTE_MS;
  const at = (minute) => from + minute * MINUTE_MS;
  const sortie = (n) => ({
    post: 0,
    vehicle: n % 2 ? "kiel-2" : "kiel-1",
    crew: 0,
    pack: { base: 0, number: n % 3 },
    leaves: at(24 * n + 1),
    watches: [at(24 * n + 3), at(24 * n + 21)],
    lands: at(24 * n + 23),
    left: 0.27,
  });
  const night = {
    request: {
      from,
      to: at(120),
      posts: [{ name: "Outer locks", at: [10.158, 54.369], from: null, to: null }],
      stock: [{ vehicle: "kiel-1" }, { vehicle: "kiel-2" }],
      crews: [{ name: "Crew 1", with: "kiel-1", from: null, to: null }],
      holds: [],
    },
    sorties: [0, 1, 2, 3].map(sortie),
    charges: [],
    standby: [],
    gaps: [0, 1, 2].map((n) => ({ post: 0, from: at(24 * n + 21), to: at(24 * n + 27), why: "no vehicle is free" })),
    watched: 0.84,
    words: ["4 sorties watch 84.0 % of the time asked for; nobody stands by.", "Outer locks is alone 3 times from 03:31Z to 04:25Z, 18 min in all: no vehicle is free."],
  };
  return { schedule: { night, by: "anna", at: START_MS, dropped_out: ["kiel-2"] } };
}
