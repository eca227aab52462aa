/** Small things every panel does: find, tell, list facts, run one act at a time. */

import { Failure } from "../lib/failure.js";
import { says, t } from "./speech.js";

export const $ = (id) => document.getElementById(id);

/** A note in a panel's live region; kind: "" | "success" | "warning" | "error". Without a key it is emptied. */
export function tell(region, kind, key = "", values = {}) {
  const where = document.querySelector(`[data-says="${region}"]`);
  if (!key) return where.replaceChildren();
  const note = document.createElement("div");
  note.className = `note ${kind}`;
  const body = note.appendChild(document.createElement("div"));
  says(body, key, values);
  where.replaceChildren(note);
  where.scrollIntoView({ block: "nearest" });
}

const SAME = { "signer-file": "signer-bad", "note-signature": "proof-forged", "tree-proof": "proof-forged", "proof-origin": "proof-forged" };

export function tellFailure(region, failure) {
  const code = SAME[failure.code] ?? failure.code;
  if (!(failure instanceof Failure)) console.error(failure);
  tell(region, "error", code && t(code) ? code : "unexpected", failure.detail);
}

let busy = false;

/** Runs `act` once at a time, the button grey meanwhile; failures are told in the region. → its value, or undefined */
export async function during(region, button, act) {
  if (busy) return undefined;
  busy = true;
  if (button) button.disabled = true;
  button?.setAttribute("aria-busy", "true");
  tell(region);
  await new Promise((resolve) => setTimeout(resolve, 30)); // scrypt takes the thread: let the page show first
  try {
    return await act();
  } catch (failure) {
    tellFailure(region, failure);
    return undefined;
  } finally {
    busy = false;
    if (button) button.disabled = false;
    button?.removeAttribute("aria-busy");
  }
}

/** Fills a <dl class="facts">: [[key of the term, text, code?: true]] */
export function facts(list, rows) {
  const made = rows.map(([key, text, code]) => {
    const row = document.createElement("div");
    says(row.appendChild(document.createElement("dt")), key);
    const value = row.appendChild(document.createElement("dd"));
    (code ? value.appendChild(document.createElement("code")) : value).textContent = text;
    return row;
  });
  list.replaceChildren(...made);
  list.hidden = false;
}

/** <li> with a main text and a muted second line. */
export function line(text, second = "", code = false) {
  const item = document.createElement("li");
  item.append(text);
  if (second) {
    const below = item.appendChild(document.createElement(code ? "code" : "span"));
    below.className = "second muted";
    below.textContent = second;
  }
  return item;
}

export async function textOf(file, most = 16 * 1024 * 1024) {
  if (file.size > most) throw new Failure("unexpected");
  return file.text();
}

/** Date → "2026-03-23 09:30:05" in China's time. */
export function moment(date) {
  const format = { timeZone: "Asia/Shanghai", dateStyle: "short", timeStyle: "medium" };
  return new Intl.DateTimeFormat("sv-SE", format).format(new Date(date));
}
