/**
 * A small night in the Kiel fjord for the console's own tests: it moves, raises alerts and obeys, and knows nothing of
 * how the real station does it. All names are invented. Time is passed in seconds since the start.
 */

export const START_MS = Date.UTC(2026, 10, 20, 3, 10, 0);

const M_PER_DEG = 111_195;
const east = (lat) => M_PER_DEG * Math.cos((lat * Math.PI) / 180);

const offset = ([lon, lat], dxM, dyM) => [lon + dxM / east(lat), lat + dyM / M_PER_DEG];
const apart = (a, b) => Math.hypot((b[0] - a[0]) * east(a[1]), (b[1] - a[1]) * M_PER_DEG);
const bearing = (a, b) =>
  ((Math.atan2((b[0] - a[0]) * east(a[1]), (b[1] - a[1]) * M_PER_DEG) * 180) / Math.PI + 360) % 360;

/** A place on a closed round, and the course there. */
function onRound(points, speedMS, seconds, closed = true) {
  const round = closed ? [...points, points[0]] : points;
  const legs = round.slice(1).map((to, i) => ({ from: round[i], to, length: apart(round[i], to) }));
  const whole = legs.reduce((sum, leg) => sum + leg.length, 0);
  let left = (speedMS * seconds) % whole;
  for (const [index, leg] of legs.entries()) {
    if (left <= leg.length) {
      const share = left / leg.length;
      const position = [
        leg.from[0] + (leg.to[0] - leg.from[0]) * share,
        leg.from[1] + (leg.to[1] - leg.from[1]) * share,
      ];
      return { position, course: bearing(leg.from, leg.to), leg: index, legs: legs.length };
    }
    left -= leg.length;
  }
  throw new Error("a round has an end");
}

export const SITE = {
  id: "kiel",
  name: "Kiel-Holtenau",
  datum: [10.1675, 54.3605],
  bounds: [10.125, 54.3445, 10.21, 54.3765],
  map: "/map/kiel.pmtiles",
  attribution: "© OpenStreetMap contributors",
  zones: [
    {
      id: "naval-base",
      name: "Naval base",
      kind: "restricted",
      ring: [[10.1432, 54.3515], [10.1562, 54.3515], [10.1572, 54.3592], [10.1436, 54.3604], [10.1432, 54.3515]],
    },
    {
      id: "locks",
      name: "Canal locks",
      kind: "flight_controlled",
      ring: [[10.1352, 54.3632], [10.1532, 54.3622], [10.1552, 54.3678], [10.1362, 54.3702], [10.1352, 54.3632]],
    },
  ],
  sensors: [
    { id: "radar-1", kind: "radar", position: [10.1558, 54.3701], range_m: 5000 },
    { id: "rf-1", kind: "rf_direction_finder", position: [10.1905, 54.3487], range_m: 3000 },
    { id: "ais-1", kind: "ais_receiver", position: [10.1477, 54.3662], range_m: 40_000 },
    { id: "camera-1", kind: "camera", position: [10.1439, 54.3638], range_m: 1500, sector_deg: [40, 100] },
  ],
  operators: [
    { id: "anna", name: "Anna Petersen" },
    { id: "jonas", name: "Jonas Brandt" },
  ],
};

const ROUNDS = {
  "kiel-1": [[10.151, 54.371], [10.166, 54.373], [10.172, 54.367], [10.158, 54.3655]],
  "kiel-2": [[10.161, 54.3595], [10.171, 54.3605], [10.174, 54.3535], [10.163, 54.3525]],
  "kiel-3": [[10.182, 54.37], [10.193, 54.3685], [10.191, 54.3585], [10.181, 54.36]],
  "boat-1": [[10.166, 54.347], [10.1745, 54.3575], [10.1795, 54.366], [10.17, 54.356]],
};

const FLEET = [
  { id: "kiel-1", kind: "multirotor", speed: 9, height: 60, battery: 0.82 },
  { id: "kiel-2", kind: "multirotor", speed: 11, height: 55, battery: 0.64 },
  { id: "kiel-3", kind: "fixed_wing", speed: 18, height: 110, battery: 0.71 },
  { id: "boat-1", kind: "boat", speed: 6, height: 0, battery: 0.93 },
];

const VESSELS = [
  { id: 4, mmsi: "211000104", name: "FJORDLINER", type: 60, length: 224, speed: 6.2, path: [[10.1938, 54.376], [10.1775, 54.3705], [10.1645, 54.3475]], by: ["ais-1", "radar-1"] },
  { id: 5, mmsi: "211000105", name: "BALTIC HERON", type: 79, length: 140, speed: 3.1, path: [[10.138, 54.3652], [10.1555, 54.3668], [10.176, 54.3716]], by: ["ais-1", "radar-1"] },
  { id: 6, mmsi: "211000106", name: "LOTSE 7", type: 50, length: 22, speed: 7.5, path: [[10.1555, 54.3694], [10.17, 54.3728], [10.1832, 54.3752]], by: ["ais-1", "radar-1"] },
  { id: 7, mmsi: "219000107", name: "NORDSTERN", type: 80, length: 118, speed: 0.1, path: [[10.1702, 54.3702], [10.17021, 54.37021]], by: ["ais-1"] },
  { id: 8, mmsi: "230000108", name: "AALAND TRADER", type: 70, length: 96, speed: 4.4, path: [[10.1648, 54.3455], [10.1722, 54.3568], [10.1841, 54.3688]], by: ["ais-1"] },
  { id: 9, mmsi: null, name: null, type: null, length: null, speed: 2.6, path: [[10.198, 54.3585], [10.188, 54.3565], [10.181, 54.3525]], by: ["radar-1"] },
];

const INTRUDER_PATH = [[10.2002, 54.3498], [10.186, 54.3535], [10.172, 54.3562], [10.1582, 54.3562], [10.151, 54.3558], [10.1482, 54.3572]];
const INTRUDER_SPEED = 12;

/** How the night is told: when the intruder is first seen, and when each alert is raised, seconds. */
export const TIMES = { intruder: 1, zoneAlert: 6, vesselAlert: 3, quiet: false };

export class MockScene {
  constructor({ quiet = false, intruderAheadS = 239, symbols = 0 } = {}) {
    this.quiet = quiet;
    this.intruderAheadS = intruderAheadS;
    this.crowd = crowdOf(symbols);
    this.alerts = new Map();
    this.cues = new Map();
    this.orders = new Map();
    this.guided = null;
    this.changed = { alerts: new Set(), cues: new Set() };
    this.refuseNext = null;
  }

  now(seconds) {
    return START_MS + Math.round(seconds * 1000);
  }

  step(seconds) {
    if (!this.quiet) {
      if (seconds >= TIMES.vesselAlert) this.raise(vesselAlert(this.now(TIMES.vesselAlert)));
      if (seconds >= TIMES.zoneAlert && this.raise(zoneAlert(this.now(TIMES.zoneAlert), this.intruder(seconds).position))) {
        const vehicle = this.vehicle(FLEET[1], seconds);
        this.propose(seconds, vehicle);
      }
    }
    if (this.guided) this.fly(seconds);
  }

  raise(alert) {
    if (this.alerts.has(alert.id)) return false;
    this.alerts.set(alert.id, alert);
    this.changed.alerts.add(alert.id);
    return true;
  }

  propose(seconds, vehicle) {
    const distance = apart(vehicle.position, this.intruder(seconds).position);
    const cue = {
      id: "kiel.c1",
      alert: "kiel.2",
      track: 17,
      vehicle: "kiel-2",
      proposed_at: this.now(seconds),
      distance_m: distance,
      eta_s: distance / 15,
      stand_off_m: 100,
      state: "proposed",
      by: null,
      at: null,
      why: null,
    };
    this.cues.set(cue.id, cue);
    this.changed.cues.add(cue.id);
  }

  /** The vehicle sent to look closes in and keeps its distance. */
  fly(seconds) {
    const target = this.intruder(seconds).position;
    const d = apart(this.guided.position, target);
    const step = Math.min(Math.max(0, d - 100), 15 * (seconds - this.guided.at));
    const course = bearing(this.guided.position, target);
    const rad = (course * Math.PI) / 180;
    this.guided = {
      position: offset(this.guided.position, Math.sin(rad) * step, Math.cos(rad) * step),
      course,
      at: seconds,
      speed: step > 0.1 ? 15 : 0,
    };
  }

  intruder(seconds) {
    const path = INTRUDER_PATH;
    const s = Math.min(seconds + this.intruderAheadS, 360);
    return onRound(path, INTRUDER_SPEED, s, false);
  }

  vehicle(own, seconds) {
    const order = this.orders.get(own.id);
    const flown = order ? order.at : seconds;
    const round = onRound(ROUNDS[own.id], own.speed, flown);
    const sent = own.id === "kiel-2" && this.guided;
    const moving = !order && !(sent && this.guided.speed === 0);
    return {
      id: own.id,
      name: own.id,
      kind: own.kind,
      position: sent ? this.guided.position : round.position,
      altitude_amsl_m: own.height + 4,
      height_m: own.height,
      heading_deg: sent ? this.guided.course : round.course,
      speed_m_s: moving ? (sent ? 15 : own.speed) : 0.2,
      climb_m_s: 0.1,
      mode: order ? order.mode : sent ? "guided" : "mission",
      phase: "underway",
      battery: Math.max(0.1, own.battery - seconds / 3000),
      gnss: { fix: 3, satellites: 14 },
      failsafes: [],
      progress: { plan: `${own.id}-patrol`, leg: round.leg, legs: round.legs },
      cue: sent ? "kiel.c1" : null,
      measured_at: this.now(seconds) - 60,
      age_ms: 60,
      connected: true,
    };
  }

  tracks(seconds) {
    const now = this.now(seconds);
    const found = [];
    for (const vessel of VESSELS) {
      const at = onRound([...vessel.path, ...vessel.path.slice(1, -1).reverse()], vessel.speed, seconds + 60);
      const age = vessel.by.includes("radar-1") ? 900 : vessel.id === 8 ? 21_000 + (seconds % 5) * 1000 : 7000;
      found.push({
        ...base(vessel.id, "vessel", at.position, now - age, age),
        status: age > 20_000 ? "coasting" : "confirmed",
        belief: { vessel: 0.97, clutter: 0.03 },
        kinds: vessel.type === 79 ? { cargo_vessel: 0.9, tanker: 0.1 } : {},
        alerts: vessel.id === 5 ? ["ais_spoof"] : [],
        height_m: 0,
        speed_m_s: vessel.speed,
        course_deg: at.course,
        sigma_m: vessel.by.includes("radar-1") ? 9 : 14 + age / 500,
        claim: vessel.mmsi && { kind: "ais", mmsi: vessel.mmsi, name: vessel.name, ship_type: vessel.type, length_m: vessel.length },
        measured_by: vessel.by,
      });
    }
    for (let i = 0; i < 5; i++) {
      const phase = seconds / 9 + i * 1.3;
      const position = offset([10.184, 54.3635], 260 * Math.cos(phase) + i * 70, 170 * Math.sin(phase) + i * 40);
      found.push({ ...base(30 + i, "bird", position, now - 800, 800), belief: { bird: 0.78, drone: 0.14, clutter: 0.08 }, height_m: 35, speed_m_s: 9, course_deg: (phase * 57) % 360, measured_by: ["radar-1"] });
    }
    found.push({ ...base(40, "aircraft", onRound([[10.126, 54.374], [10.209, 54.3762]], 55, seconds).position, now - 700, 700), belief: { aircraft: 0.93, drone: 0.07 }, height_m: 620, speed_m_s: 55, course_deg: 85, claim: { kind: "adsb", icao: "3C6675", call_sign: "DHX42" }, measured_by: ["radar-1"] });
    for (let i = 0; i < 3; i++) {
      found.push({ ...base(50 + i, "unknown", offset([10.16 + i * 0.012, 54.3535 + i * 0.006], 20 * Math.sin(seconds + i), 0), now - 900, 900), status: "tentative", belief: {}, measured_by: ["radar-1"] });
    }
    const own = this.vehicle(FLEET[0], seconds);
    found.push({ ...base(60, "drone", offset(own.position, 6, -5), now - 700, 700), belief: { drone: 1 }, own: own.id, measured_by: ["radar-1"] });
    if (!this.quiet && seconds >= TIMES.intruder) {
      const at = this.intruder(seconds);
      found.push({
        ...base(17, "drone", at.position, now - 600, 600),
        belief: { drone: 0.94, bird: 0.05, clutter: 0.01 },
        kinds: { multirotor: 0.88, fixed_wing: 0.12 },
        altitude_amsl_m: 46,
        height_m: 42,
        speed_m_s: INTRUDER_SPEED,
        course_deg: at.course,
        climb_m_s: -0.4,
        sigma_m: 12,
        measured_by: ["radar-1", "rf-1"],
      });
    }
    for (const one of this.crowd) found.push(one.at(seconds, now));
    return found;
  }

  vehicles(seconds) {
    return FLEET.map((own) => this.vehicle(own, seconds));
  }

  takeChanged() {
    const alerts = [...this.changed.alerts].map((id) => this.alerts.get(id));
    const cues = [...this.changed.cues].map((id) => this.cues.get(id));
    this.changed.alerts.clear();
    this.changed.cues.clear();
    return { alerts, cues };
  }

  /** What the operator asked: null when done, else why not. */
  ask(request, operator, seconds) {
    if (this.refuseNext) {
      const why = this.refuseNext;
      this.refuseNext = null;
      return why;
    }
    const by = { by: operator, at: this.now(seconds) };
    const alert = this.alerts.get(request.alert);
    const cue = this.cues.get(request.cue);
    switch (request.type) {
      case "acknowledge":
        if (alert?.state !== "raised") return "this alert does not wait to be acknowledged";
        return this.change("alerts", { ...alert, state: "acknowledged", ...by });
      case "close":
        if (alert?.state !== "acknowledged") return "this alert is not acknowledged yet";
        return this.change("alerts", { ...alert, state: "closed", ...by });
      case "approve": {
        if (cue?.state !== "proposed") return "this cue does not wait for approval";
        const vehicle = this.vehicle(FLEET[1], seconds);
        this.guided = { position: vehicle.position, course: vehicle.heading_deg, at: seconds, speed: 15 };
        return this.change("cues", { ...cue, state: "approved", ...by });
      }
      case "decline":
        if (!cue) return "there is no such cue";
        this.guided = null;
        return this.change("cues", { ...cue, state: "declined", ...by });
      case "order": {
        const mode = { pause: "hold", return_home: "return", land: "land" }[request.order];
        if (mode) this.orders.set(request.vehicle, { mode, at: seconds });
        else this.orders.delete(request.vehicle);
        return null;
      }
      default:
        return "this request is not known";
    }
  }

  change(what, record) {
    this[what].set(record.id, record);
    this.changed[what].add(record.id);
    return null;
  }
}

function base(id, kind, position, updated, age) {
  return {
    id,
    status: "confirmed",
    class: kind,
    belief: {},
    kinds: {},
    alerts: [],
    position,
    altitude_amsl_m: null,
    height_m: null,
    speed_m_s: 0,
    course_deg: 0,
    climb_m_s: 0,
    sigma_m: 15,
    updated_at: updated,
    age_ms: age,
    claim: null,
    measured_by: [],
    own: null,
    detected_at: updated,
  };
}

function zoneAlert(at, position) {
  return {
    id: "kiel.2",
    rule: "zone_entered",
    severity: "critical",
    raised_at: at,
    track: 17,
    vehicle: null,
    sensor: null,
    position,
    zone: "naval-base",
    text: "Drone T17 entered Naval base at 42 m without a flight authorisation",
    state: "raised",
    by: null,
    at: null,
  };
}

function vesselAlert(at) {
  return {
    id: "kiel.1",
    rule: "ais_lost",
    severity: "warning",
    raised_at: at,
    track: 8,
    vehicle: null,
    sensor: null,
    position: [10.1722, 54.3568],
    zone: null,
    text: "AALAND TRADER (230000108) has sent no AIS for 21 s",
    state: "raised",
    by: null,
    at: null,
  };
}

/** Many more tracks of every kind, for measuring. Their places come from a fixed sequence, the same every time. */
function crowdOf(count) {
  const kinds = ["vessel", "vessel", "bird", "drone", "unknown"];
  return Array.from({ length: count }, (_, i) => {
    const lon = 10.126 + ((i * 0.618034) % 1) * 0.083;
    const lat = 54.345 + ((i * 0.414214) % 1) * 0.031;
    const kind = kinds[i % kinds.length];
    return {
      at: (seconds, now) => ({
        ...base(1000 + i, kind, offset([lon, lat], 40 * Math.sin(seconds / 5 + i), 40 * Math.cos(seconds / 5 + i)), now - 500, 500),
        belief: { [kind]: 0.9 },
        height_m: 30,
        speed_m_s: 8,
        course_deg: (i * 37 + seconds * 11) % 360,
        claim: kind === "vessel" && i % 2 ? { kind: "ais", mmsi: String(211_100_000 + i), name: `SHIP ${i}`, ship_type: 70, length_m: 80 } : null,
        measured_by: ["radar-1"],
      }),
    };
  });
}
