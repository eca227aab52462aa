/**
 * form[data-autosave="url"]: saved while typing. A second after the last stroke the form is posted; [data-saved] inside
 * it says how that went, in the words of its own data-saving, data-done and data-failed.
 */

import { csrfToken } from "../lib/http.js";

const PAUSE = 1000;

async function save(form) {
  const mark = form.querySelector("[data-saved]");
  const say = (word) => mark && (mark.textContent = mark.dataset[word] ?? "");
  form.autosaveStop?.abort(); // the newest text wins; an older request must not arrive after it
  form.autosaveStop = new AbortController();
  say("saving");
  try {
    const response = await fetch(form.dataset.autosave, {
      method: "POST",
      body: new FormData(form),
      headers: { "X-CSRFToken": csrfToken(), "X-Autosave": "1" },
      signal: form.autosaveStop.signal,
    });
    say(response.ok && !response.redirected ? "done" : "failed");
    form.dispatchEvent(new CustomEvent("sun:autosaved", { bubbles: true, detail: { status: response.status } }));
  } catch (failure) {
    if (failure.name !== "AbortError") say("failed");
  }
}

export function autosave(document) {
  const timers = new WeakMap();
  document.addEventListener("input", (event) => {
    const form = event.target.form;
    if (!form?.dataset.autosave || event.target.type === "file") return;
    clearTimeout(timers.get(form));
    timers.set(form, setTimeout(() => save(form), PAUSE));
  });
  document.addEventListener("submit", (event) => {
    clearTimeout(timers.get(event.target));
    event.target.autosaveStop?.abort();
  });
}
