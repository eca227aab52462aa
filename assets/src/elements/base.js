/** What all our elements share: finding their pieces in the page, taking texts from it, saying what happened. */

import { Refusal } from "../lib/failure.js";

export class SunElement extends HTMLElement {
  #started = false;

  connectedCallback() {
    if (this.#started) return;
    this.#started = true;
    this.loadedAt = performance.now();
    this.start();
  }

  /** The JSON the server put beside the element: data-boot names a json_script. */
  get boot() {
    this.bootCache ??= this.dataset.boot ? JSON.parse(document.getElementById(this.dataset.boot).textContent) : {};
    return this.bootCache;
  }

  /** Server time now; the browser's own clock is never trusted (a rehearsal runs in another time altogether). */
  now() {
    const at = this.dataset.now ?? this.boot.now;
    return new Date((at ? Date.parse(at) : Date.now()) + performance.now() - this.loadedAt);
  }

  ref(name) {
    return this.querySelector(`[data-ref="${name}"]`);
  }

  show(name, visible = true) {
    this.ref(name).hidden = !visible;
  }

  /** A text of the fragment, <template data-text="key">, with its {placeholders} filled in. */
  text(key, values = {}) {
    const template = this.querySelector(`template[data-text="${CSS.escape(key)}"]`);
    const text = template?.content.textContent.trim().replace(/\s+/g, " ") ?? "";
    return text.replace(/\{(\w+)\}/g, (whole, name) => values[name] ?? whole);
  }

  /** kind: "" | "success" | "warning" | "error"; the live region reads it out. */
  say(kind, text, article = "") {
    const region = this.ref("message");
    if (!text) return region.replaceChildren();
    const note = document.createElement("div");
    note.className = `note ${kind}`;
    const body = note.appendChild(document.createElement("div"));
    body.append(text);
    if (article) body.appendChild(Object.assign(document.createElement("span"), { className: "article", textContent: `（${article}）` }));
    region.replaceChildren(note);
    region.scrollIntoView({ block: "nearest" });
  }

  /** A failure in the user's words: the server's own sentence, or the fragment's text of that code. */
  tell(failure) {
    if (failure instanceof Refusal && failure.text) return this.say("error", failure.text, failure.article);
    const text = this.text(failure.code ?? "unexpected", failure.detail) || this.text("unexpected");
    if (!failure.code) console.error(failure);
    this.say("error", text);
  }

  /** Runs `act` once at a time, the button grey meanwhile; every failure is told. → its value, or undefined */
  async during(button, act) {
    if (this.busy) return undefined;
    this.busy = true;
    button.disabled = true;
    button.setAttribute("aria-busy", "true");
    await new Promise((resolve) => setTimeout(resolve, 30)); // scrypt takes the thread: let the page show first
    try {
      return await act();
    } catch (failure) {
      this.tell(failure);
      return undefined;
    } finally {
      this.busy = false;
      button.disabled = false;
      button.removeAttribute("aria-busy");
    }
  }

  /** Makes one row per record from <template data-row="name">: fill(row element's ref finder, record). */
  rows(name, records, fill) {
    const template = this.querySelector(`template[data-row="${name}"]`);
    const made = records.map((record) => {
      const row = template.content.firstElementChild.cloneNode(true);
      fill((ref) => row.querySelector(`[data-ref="${ref}"]`), record, row);
      return row;
    });
    this.ref(name).replaceChildren(...made);
  }
}

/** Date → "2026-03-23 09:30:05" in China's time, as everywhere in the house. */
export function moment(iso) {
  const format = { timeZone: "Asia/Shanghai", dateStyle: "short", timeStyle: "medium" };
  return new Intl.DateTimeFormat("sv-SE", format).format(new Date(iso));
}

/** Offers `text` as a file. */
export function download(name, text, type = "application/json") {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([text], { type })); // text or bytes
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10000);
}
