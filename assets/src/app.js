/** On every page: htmx under our rules, and the small manners of forms, tables and menus. Nothing here needs crypto. */

import htmx from "htmx.org";
import { autosave } from "./app/autosave.js";
import { pasteGrid } from "./app/grid.js";
import { focusErrors, menus, singleSubmit, topLink } from "./app/manners.js";
import { preferences } from "./app/preferences.js";
import "./elements/sun-countdown.js";
import { csrfToken } from "./lib/http.js";

// strict CSP: no eval, no <style> of htmx's own, no scripts out of swapped fragments
Object.assign(htmx.config, { allowEval: false, includeIndicatorStyles: false, allowScriptTags: false, selfRequestsOnly: true });
// a refusal (409) and a form with errors (422) bring a fragment that belongs on the page
htmx.config.responseHandling = [
  { code: "204", swap: false },
  { code: "[23]..", swap: true },
  { code: "409|422", swap: true, error: false },
  { code: "[45]..", swap: false, error: true },
];
globalThis.htmx = htmx;

document.addEventListener("htmx:configRequest", (event) => {
  event.detail.headers["X-CSRFToken"] = csrfToken();
});

for (const manner of [singleSubmit, focusErrors, menus, topLink, autosave, pasteGrid, preferences]) manner(document);
