/** The keys of the room. Sending a vehicle has none: it takes a deliberate press of its button. */
export type KeyAction = "next" | "before" | "acknowledge" | "show" | "site" | "planning" | "cameras" | "sound" | "help" | "nothing";

const ACTIONS: Record<string, KeyAction> = {
  j: "next",
  k: "before",
  a: "acknowledge",
  enter: "show",
  f: "site",
  p: "planning",
  v: "cameras",
  m: "sound",
  "?": "help",
  escape: "nothing",
};

export interface KeyPress {
  key: string;
  ctrlKey: boolean;
  altKey: boolean;
  metaKey: boolean;
  repeat: boolean;
  target: unknown;
}

/** What a key press means; null where it belongs to something else: a field, a shortcut of the browser, a button. */
export function keyAction(press: KeyPress): KeyAction | null {
  if (press.ctrlKey || press.altKey || press.metaKey) return null;
  const element = (press.target as { tagName?: string } | null)?.tagName ?? "";
  if (element === "INPUT" || element === "TEXTAREA" || element === "SELECT") return null;
  const key = press.key.toLowerCase();
  if (key === "enter" && (element === "BUTTON" || element === "SUMMARY")) return null;
  const action = Object.hasOwn(ACTIONS, key) ? (ACTIONS[key] ?? null) : null;
  // A key held down moves on through the list, but acknowledges only once.
  return press.repeat && action !== "next" && action !== "before" ? null : action;
}
