/**
 * The theme switch works without scripts (it posts a form); with them the page changes in place. The cookie is the one
 * the server reads, so the next page is drawn right from its first byte. select[data-autosubmit] submits its form.
 */

const YEAR = 31536000;

function choose(document, button) {
  const secure = location.protocol === "https:" ? "; Secure" : "";
  const lasting = button.value ? YEAR : 0; // "as the device" is the absence of a choice
  document.cookie = `theme=${button.value}; Path=/; Max-Age=${lasting}; SameSite=Lax${secure}`;
  if (button.value) document.documentElement.dataset.theme = button.value;
  else delete document.documentElement.dataset.theme;
  for (const each of button.form.querySelectorAll("[name=theme]")) {
    if (each === button) each.setAttribute("aria-current", "true");
    else each.removeAttribute("aria-current");
  }
}

export function preferences(document) {
  document.addEventListener("submit", (event) => {
    if (event.submitter?.name !== "theme") return;
    event.preventDefault();
    choose(document, event.submitter);
    event.submitter.closest("details")?.removeAttribute("open");
  }, true); // before the guard against double submits counts it
  document.addEventListener("change", (event) => {
    if (event.target.matches("select[data-autosubmit]")) event.target.form.requestSubmit();
  });
}
