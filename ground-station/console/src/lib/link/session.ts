/**
 * Signing in and out. Afterwards the browser holds a cookie that this page cannot read.
 *
 * The key stays in the memory of the page, nowhere else, for one purpose: a station that was started anew knows no
 * session, and a person at 3 a.m. must not have to look for a key to see the picture again. It is forgotten on signing
 * out, and when the station says that the session is over.
 */
import { readOperator, type Operator } from "../state/messages";
import { record, maybeText } from "../state/fields";

export interface Credentials {
  operator: string;
  key: string;
}

/** Reads `#operator=…&key=…`; null when either is missing. */
export function credentialsIn(fragment: string): Credentials | null {
  const fields = new URLSearchParams(fragment.replace(/^#/, ""));
  const operator = fields.get("operator");
  const key = fields.get("key");
  return operator && key ? { operator, key } : null;
}

/** Takes the credentials out of the address bar, so that they stay in no history and on no screen. */
export function takeCredentials(place: Location, history: History): Credentials | null {
  const credentials = credentialsIn(place.hash);
  if (place.hash) history.replaceState(null, "", place.pathname + place.search);
  return credentials;
}

/** Signs in; null when it worked, else why it did not, for a person. */
export async function signIn(credentials: Credentials): Promise<string | null> {
  let response: Response;
  try {
    response = await fetch("/api/session", {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(credentials),
    });
  } catch {
    return "The station does not answer.";
  }
  if (response.ok) return null;
  if (response.status === 401) return "This operator and key are not known here.";
  const body = record(await response.json().catch(() => null));
  return (body && maybeText(body, "error")) ?? `The station refused: ${response.status}.`;
}

/** Who is signed in: an operator, null for nobody, "unknown" when the station does not answer. */
export async function whoIsSignedIn(): Promise<Operator | null | "unknown"> {
  try {
    const response = await fetch("/api/session", { cache: "no-store" });
    if (response.status === 401) return null;
    if (!response.ok) return "unknown";
    const body = record(await response.json());
    return readOperator(body?.["operator"]) ?? "unknown";
  } catch {
    return "unknown";
  }
}

export type Standing = "open" | "over" | "unknown";

/** Whether somebody is signed in; renews the session where there is none and credentials are given. */
export async function standing(credentials: Credentials | null): Promise<Standing> {
  const who = await whoIsSignedIn();
  if (who !== null) return who === "unknown" ? "unknown" : "open";
  return credentials && (await signIn(credentials)) === null ? "open" : "over";
}

export async function signOut(): Promise<void> {
  await fetch("/api/session", { method: "DELETE" }).catch(() => undefined);
}
