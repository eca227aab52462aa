/** Manners of pages: one submit per click, menus that close, a way back to the top. */

/** A second click on a submit button must not act twice; coming back through history makes it usable again. */
export function singleSubmit(document) {
  const sent = new Map(); // form → the button that sent it
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (event.defaultPrevented || form.hasAttribute("hx-post") || form.method === "get" || form.hasAttribute("data-resubmit")) return;
    if (sent.has(form)) return event.preventDefault();
    sent.set(form, event.submitter);
    form.setAttribute("aria-busy", "true");
    event.submitter?.setAttribute("aria-disabled", "true");
  });
  addEventListener("pageshow", () => {
    for (const [form, button] of sent) {
      form.removeAttribute("aria-busy");
      button?.removeAttribute("aria-disabled");
    }
    sent.clear();
  });
  // htmx forms: the button greys while its request runs
  for (const [name, busy] of [["htmx:beforeRequest", true], ["htmx:afterRequest", false]]) {
    document.addEventListener(name, ({ detail: { elt } }) => {
      for (const button of elt.matches("form") ? elt.querySelectorAll("[type=submit]") : elt.matches("button") ? [elt] : []) {
        button.disabled = busy;
      }
    });
  }
  // a grey button (aria-disabled) tells why but does not act
  document.addEventListener("click", (event) => {
    const grey = event.target.closest("[aria-disabled=true]");
    if (grey && (!grey.form || sent.get(grey.form) !== grey)) event.preventDefault();
  }, true);
}

/** [data-focus], the list of a form's errors: reading begins there, after a page load and after a swap. */
export function focusErrors(document) {
  const focus = (root) => root.querySelector("[data-focus]")?.focus();
  focus(document);
  document.addEventListener("htmx:afterSettle", (event) => focus(event.target));
}

/** <details class="menu"> close on Escape (focus returns to their summary), on a click elsewhere, one open at a time. */
export function menus(document) {
  const open = () => document.querySelectorAll("details.menu[open]");
  document.addEventListener("click", (event) => {
    for (const menu of open()) if (!menu.contains(event.target)) menu.open = false;
  });
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    for (const menu of open()) {
      menu.open = false;
      menu.querySelector("summary").focus();
    }
  });
}

/** [data-back-to-top] appears once a screen has been read. */
export function topLink(document) {
  const link = document.querySelector("[data-back-to-top]");
  if (!link) return;
  const follow = () => (link.hidden = scrollY < innerHeight);
  addEventListener("scroll", follow, { passive: true });
  link.addEventListener("click", (event) => {
    event.preventDefault();
    scrollTo({ top: 0 }); // smooth or not is the style sheet's decision, which knows about reduced motion
    document.querySelector("main")?.focus({ preventScroll: true });
  });
  follow();
}
