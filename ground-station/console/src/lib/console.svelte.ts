/**
 * What the page knows and what the operator is doing: the one place that panels and map read from.
 *
 * It owns the link, the picture and the choice of what is looked at. It decides nothing about vehicles: it passes a
 * person's wish to the station, under the name of who is signed in, and shows the answer.
 */
import { browserWorld, Link, type LinkState } from "./link/link";
import { Requests, type Outcome } from "./link/requests";
import { signIn, signOut, standing, takeCredentials, whoIsSignedIn, type Credentials, type Standing } from "./link/session";
import { alertedTracks, cueFor, orphaned, sortedAlerts, unseenCritical } from "./state/alerts";
import { StationClock } from "./state/clock";
import type { Evidence } from "./state/evidence";
import { readMessage, type Alert, type Cue, type Operator, type Position, type Request } from "./state/messages";
import { outlookNames, type OutlookScene } from "./map/outlook";
import type { PlanningScene } from "./map/planning";
import { PlanningDesk } from "./planning.svelte";
import { ScheduleDesk } from "./schedule.svelte";
import type { ClosedArea, DeclaredFlight, Plan } from "./state/planning";
import type { ProposedNight } from "./state/schedule";
import { EMPTY_PICTURE, pictureOf, updated, type Picture } from "./state/picture";
import { fetchSite, type Site } from "./state/site";
import { Trails } from "./state/trails";
import { CameraWatch } from "./video/watch.svelte";
import { sameSubject, type AlertPlace, type Scene, type Subject } from "./symbols/scene";

const TICK_MS = 250;
const SITE_RETRY_MS = 2000;
const NOTICES_MAX = 4;
const DONE_SHOWN_MS = 4000;
const REFUSED_SHOWN_MS = 15_000;

export interface Notice {
  id: number;
  kind: Outcome["is"];
  text: string;
}

export type SessionState = "starting" | "signed_out" | "signed_in";

export class Console {
  session = $state<SessionState>("starting");
  /** Why the last sign-in failed, or the session ended. */
  signInNote = $state<string | null>(null);
  operator = $state.raw<Operator | null>(null);
  site = $state.raw<Site | null>(null);
  picture = $state.raw<Picture>(EMPTY_PICTURE);
  link = $state<LinkState>("connecting");
  /** The station's time, four times a second; null before its first message. */
  now = $state<number | null>(null);
  selected = $state.raw<Subject | null>(null);
  hovered = $state.raw<Subject | null>(null);
  chosenAlertId = $state<string | null>(null);
  /** What the map is asked to show, a new object for every request. */
  focus = $state.raw<{ places: Position[] } | { site: true } | null>(null);
  /** Whether outlooks are drawn on the map. */
  outlooksShown = $state(true);
  notices = $state.raw<Notice[]>([]);
  /** Alerts, cues and vehicles of which something was asked that is not answered yet. */
  waiting = $state.raw<ReadonlySet<string>>(new Set());
  /** Messages and records that could not be read. */
  unreadable = $state(0);

  private readonly alertMap = $derived(this.picture.alerts);
  private readonly cueMap = $derived(this.picture.cues);
  readonly alerts = $derived(sortedAlerts(this.alertMap.values()));
  readonly unseen = $derived(unseenCritical(this.alertMap.values()));
  readonly alerted = $derived(alertedTracks(this.alertMap.values()));
  private readonly unseenTracks = $derived(
    new Set(this.alerts.open.flatMap((a) => (a.state === "raised" && a.track !== null ? [a.track] : []))),
  );
  readonly chosenAlert = $derived(this.chosenAlertId === null ? null : (this.alertMap.get(this.chosenAlertId) ?? null));
  readonly vehicles = $derived([...this.picture.vehicles.values()].sort((a, b) => a.id.localeCompare(b.id)));
  /** Plans that the check holds, flights that are disturbed, who dropped out of the night, and sorties without a plan. */
  readonly needsPlanning = $derived(
    this.picture.planning.plans.filter((plan) => plan.stage === "held").length +
      this.picture.planning.disturbed.length +
      (this.picture.schedule?.droppedOut.length ?? 0) +
      (this.picture.schedule?.withoutPlans.length ?? 0),
  );
  readonly stale = $derived(this.link !== "connected");

  readonly desk = new PlanningDesk();
  readonly night = new ScheduleDesk();
  readonly cameras = new CameraWatch();
  readonly trails = new Trails();
  /** What applying the last messages took, milliseconds. */
  readonly applied: number[] = [];
  private readonly clock = new StationClock();
  private connection: Link | null = null;
  private credentials: Credentials | null = null;
  private heardSnapshot = false;
  private nextNotice = 1;
  private readonly requests = new Requests(
    (text) => this.connection?.send(text) ?? false,
    (label, outcome) => this.note(label, outcome),
  );

  constructor() {
    setInterval(() => this.tick(), TICK_MS);
  }

  /** Signs in with what the address says, or takes up the session the browser still has. */
  async start(): Promise<void> {
    const credentials = takeCredentials(location, history);
    if (credentials) {
      await this.signIn(credentials);
      return;
    }
    const operator = await whoIsSignedIn();
    if (operator === null || operator === "unknown") {
      this.session = "signed_out";
      this.signInNote = operator === "unknown" ? "The station does not answer." : null;
    } else {
      this.enter(operator);
    }
  }

  async signIn(credentials: Credentials): Promise<void> {
    const failure = await signIn(credentials);
    const operator = failure === null ? await whoIsSignedIn() : null;
    if (operator && operator !== "unknown") {
      this.credentials = credentials;
      this.enter(operator);
    } else {
      this.session = "signed_out";
      this.signInNote = failure ?? "The station did not confirm who is signed in.";
    }
  }

  async signOut(): Promise<void> {
    await signOut();
    this.leave(null);
  }

  private enter(operator: Operator): void {
    this.operator = operator;
    this.signInNote = null;
    this.session = "signed_in";
    void this.loadSite();
    const ask = (sentAway: boolean): Promise<Standing> => standing(sentAway ? null : this.credentials);
    this.connection = new Link(browserWorld(ask), {
      onState: (state) => this.linkBecame(state),
      onText: (text) => this.hear(text),
    });
    this.connection.start();
  }

  /** Back to the form. Nothing of the picture stays on the screen of a person who is not signed in. */
  private leave(note: string | null): void {
    this.session = "signed_out";
    this.signInNote = note;
    this.credentials = null;
    this.connection?.stop();
    this.connection = null;
    this.operator = null;
    this.picture = EMPTY_PICTURE;
    this.trails.follow(EMPTY_PICTURE);
    this.site = null;
    this.desk.forget();
    this.night.forget();
    this.cameras.open = false;
    this.selected = this.hovered = null;
    this.chosenAlertId = null;
    this.focus = null;
    this.now = null;
  }

  private async loadSite(): Promise<void> {
    while (this.session === "signed_in" && !this.site) {
      this.site = await fetchSite();
      this.desk.cameras = new Set(this.site?.pictures.keys());
      if (!this.site) await new Promise((resume) => setTimeout(resume, SITE_RETRY_MS));
    }
  }

  private linkBecame(state: LinkState): void {
    this.link = state;
    if (state === "reconnecting" || state === "ended") {
      this.requests.lineLost();
      this.waiting = this.requests.waiting();
    }
    if (state === "reconnecting") this.heardSnapshot = false;
    if (state === "ended" && this.session === "signed_in") this.leave("The session is over. Sign in again.");
  }

  private hear(text: string): void {
    const started = performance.now();
    const message = readMessage(text);
    if (!message) {
      this.unreadable += 1;
      return;
    }
    if (message.type === "answer") {
      this.requests.answered(message);
      this.waiting = this.requests.waiting();
      return;
    }
    this.unreadable += message.unreadable;
    this.clock.hear(message.now, started);
    if (message.type === "snapshot") {
      this.heardSnapshot = true;
      this.trails.forgetTracks();
      this.picture = pictureOf(message);
      if (message.operator) this.operator = message.operator;
    } else if (this.heardSnapshot) {
      this.picture = updated(this.picture, message);
    } else {
      // Changes to an unknown whole mean nothing; the snapshot comes first.
      return;
    }
    this.trails.follow(this.picture);
    if (this.now === null) this.tick();
    this.applied.push(performance.now() - started);
    if (this.applied.length > 200) this.applied.shift();
  }

  private tick(): void {
    this.now = this.session === "signed_in" ? this.clock.at(performance.now()) : null;
    this.requests.advance(performance.now());
    const waiting = this.requests.waiting();
    if (waiting.size !== this.waiting.size) this.waiting = waiting;
  }

  // What the operator looks at.

  select(subject: Subject | null): void {
    this.selected = subject;
    const alert = this.alerts.open.find((candidate) => sameSubject(subjectOf(candidate), subject));
    if (alert && subject) this.chosenAlertId = alert.id;
  }

  chooseAlert(alert: Alert): void {
    this.chosenAlertId = alert.id;
    this.selected = subjectOf(alert);
  }

  /** Moves the map to what an alert is about, and to the vehicle proposed for it. */
  showAlert(alert: Alert): void {
    this.chooseAlert(alert);
    const cue = this.cueOf(alert);
    const track = alert.track === null ? null : this.picture.tracks.get(alert.track)?.position;
    const vehicle = alert.vehicle ?? (cue && cue.state !== "declined" && cue.state !== "ended" ? cue.vehicle : null);
    const own = vehicle === null ? null : this.picture.vehicles.get(vehicle)?.position;
    this.show([track ?? alert.position, own ?? null]);
  }

  showSubject(subject: Subject): void {
    this.select(subject);
    const position =
      subject.is === "vehicle"
        ? this.picture.vehicles.get(subject.id)?.position
        : this.picture.tracks.get(subject.id)?.position;
    this.show([position ?? null]);
  }

  showSite(): void {
    this.focus = { site: true };
  }

  private show(places: (Position | null)[]): void {
    const known = places.filter((place) => place !== null);
    if (known.length > 0) this.focus = { places: known };
  }

  /** What cameras kept of an alert, by the cameras' names. */
  evidenceOf(alert: Alert): Evidence[] {
    const kept = [...this.picture.evidence.values()].filter((evidence) => evidence.alert === alert.id);
    return kept.sort((a, b) => a.camera.localeCompare(b.camera));
  }

  cueOf(alert: Alert): Cue | null {
    return cueFor(alert, this.cueMap.values());
  }

  operatorName(id: string | null): string {
    return id === null ? "somebody" : (this.site?.operators.get(id) ?? id);
  }

  vehicleName(id: string): string {
    return this.picture.vehicles.get(id)?.name ?? id;
  }

  scene(): Scene {
    const cue = this.chosenAlert ? this.cueOf(this.chosenAlert) : null;
    return {
      picture: this.picture,
      sensors: this.site?.sensors ?? [],
      zones: this.site?.zones ?? [],
      trails: this.trails,
      alerted: this.alerted,
      unseen: this.unseenTracks,
      alertPlaces: this.alertPlaces(),
      placeNames: outlookNames(this.outlookScene()),
      selected: this.selected,
      hovered: this.hovered,
      proposedCue: cue?.id ?? null,
      now: this.clock.at(performance.now()) ?? this.picture.now,
      stale: this.stale,
    };
  }

  private alertPlaces(): AlertPlace[] {
    const { tracks, vehicles } = this.picture;
    const alerts = orphaned(this.alerts.open, (id) => tracks.has(id), (id) => vehicles.has(id));
    return alerts.flatMap(({ position, severity }) => (position ? [{ position, severity }] : []));
  }

  // What the operator asks for.

  acknowledge(alert: Alert): void {
    if (alert.state === "raised") this.ask({ type: "acknowledge", alert: alert.id }, alert.id, `Acknowledge ${alert.id}`);
  }

  close(alert: Alert): void {
    this.ask({ type: "close", alert: alert.id }, alert.id, `Close ${alert.id}`);
  }

  approve(cue: Cue): void {
    this.ask({ type: "approve", cue: cue.id }, cue.id, `Send ${this.vehicleName(cue.vehicle)}`);
  }

  decline(cue: Cue): void {
    const what = cue.state === "approved" ? "Call back" : "Do not send";
    this.ask({ type: "decline", cue: cue.id }, cue.id, `${what} ${this.vehicleName(cue.vehicle)}`);
  }

  // Plans and the air.

  /** Looks at a plan, or no longer at it, and moves the map there. */
  choosePlan(plan: Plan): void {
    const chosen = this.desk.chosen !== plan.id;
    this.desk.chosen = chosen ? plan.id : null;
    if (chosen) this.showPlaces(plan.way);
  }

  private showPlaces(places: readonly Position[]): void {
    const edge = (axis: 0 | 1, pick: (...numbers: number[]) => number): number => pick(...places.map((place) => place[axis]));
    if (places.length === 0) return;
    this.show([[edge(0, Math.min), edge(1, Math.min)], [edge(0, Math.max), edge(1, Math.max)]]);
  }

  saveProposal(proposal: number, vehicle: string, name: string): void {
    this.ask({ type: "save_proposal", proposal, vehicle }, `proposal ${proposal}`, `Save the plan for ${name}`);
  }

  /** Sends a plan, to begin now or in so many minutes. */
  sendPlan(plan: Plan, inMinutes: number): void {
    const start = inMinutes > 0 ? Math.round((this.now ?? this.picture.now) + inMinutes * 60_000) : null;
    this.ask({ type: "send_plan", plan: plan.id, start }, plan.id, `Send ${this.vehicleName(plan.vehicle)}`);
  }

  acceptSchedule({ schedule }: ProposedNight): void {
    this.ask({ type: "accept_schedule", schedule }, "schedule", "Accept the night");
    this.night.proposed = null;
  }

  endSchedule(): void {
    this.ask({ type: "end_schedule" }, "schedule", "End the night's schedule");
  }

  discardPlan(plan: Plan): void {
    this.ask({ type: "discard_plan", plan: plan.id }, plan.id, `Discard ${plan.title}`);
  }

  overridePlan(plan: Plan, reason: string): void {
    const request = { type: "override_plan", vehicle: plan.vehicle, plan: plan.id, reason } as const;
    this.ask(request, plan.id, `Override the check of ${plan.title}`);
  }

  closeArea(area: Omit<Extract<Request, { type: "close_area" }>, "type">): void {
    this.ask({ type: "close_area", ...area }, "areas", `Close ${area.name}`);
  }

  openArea(area: ClosedArea): void {
    this.ask({ type: "open_area", area: area.id }, area.id, `Open ${area.name}`);
  }

  reportWeather(weather: Omit<Extract<Request, { type: "report_weather" }>, "type">): void {
    this.ask({ type: "report_weather", ...weather }, "weather", "Report the weather");
  }

  fileFlight(flight: Omit<Extract<Request, { type: "file_flight" }>, "type">): void {
    this.ask({ type: "file_flight", ...flight }, "flights", `File the flight of ${flight.operator}`);
  }

  withdrawFlight(flight: DeclaredFlight): void {
    this.ask({ type: "withdraw_flight", flight: flight.id }, flight.id, `Withdraw the flight of ${flight.operator}`);
  }

  planningScene(): PlanningScene {
    const { open, drawn, shape, reach, chosen, zones, tab, riskShown: risk } = this.desk;
    const shown = this.desk.replanning === null ? tab === "new" : tab === "plans";
    const proposal = shown ? this.desk.proposal : null;
    const now = this.now ?? this.picture.now;
    return { planning: this.picture.planning, zones, chosen, proposal, drawn, area: shape === "area", reach, risk, open, now };
  }

  outlookScene(): OutlookScene {
    return { outlooks: this.picture.outlooks, track: this.chosenAlert?.track ?? null, shown: this.outlooksShown };
  }

  order(request: Extract<Request, { type: "order" }>, label: string): void {
    this.ask(request, request.vehicle, label);
  }

  private ask(request: Request, subject: string, label: string): void {
    this.requests.ask(request, subject, label, performance.now());
    this.waiting = this.requests.waiting();
  }

  private note(label: string, outcome: Outcome): void {
    const text = outcome.is === "done" ? `${label}: done` : `${label}: ${outcome.is}. ${outcome.reason}`;
    const notice = { id: this.nextNotice++, kind: outcome.is, text };
    this.notices = [...this.notices, notice].slice(-NOTICES_MAX);
    setTimeout(() => this.dismiss(notice.id), outcome.is === "done" ? DONE_SHOWN_MS : REFUSED_SHOWN_MS);
  }

  dismiss(id: number): void {
    this.notices = this.notices.filter((notice) => notice.id !== id);
  }
}

/** What an alert is about. */
export function subjectOf(alert: Alert): Subject | null {
  if (alert.track !== null) return { is: "track", id: alert.track };
  if (alert.vehicle !== null) return { is: "vehicle", id: alert.vehicle };
  return null;
}
