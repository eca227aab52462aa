/** The bid form of a lot, made from the tender file; what is wrong with it, as a list that leads to the fields. */

import { SealForm } from "../elements/seal-form.js";
import { second } from "../lib/envelopes.js";
import { $ } from "./page.js";
import { says, speak, t } from "./speech.js";

const USCC = /^[0-9A-HJ-NP-RTUW-Y]{18}$/;

/** content: tender/1; onSubmit(form). → SealForm with `bidder()` */
export function makeForm(content, onSubmit) {
  const form = $("bid-form").content.firstElementChild.cloneNode(true);
  for (const each of form.querySelectorAll("[data-when]")) if (each.dataset.when !== content.pricing) each.remove();
  const rows = content.pricing === "total" ? content.items.map(row) : [];
  form.querySelector("tbody")?.replaceChildren(...rows);
  const validity = form.elements.namedItem("validity_days");
  if (content.validity_days) validity.min = validity.value = content.validity_days;
  for (const each of form.querySelectorAll("[data-two-envelopes]")) each.hidden = !second(content.policy).length;
  for (const part of ["tech", "price"]) {
    const input = form.elements.namedItem(part);
    if (content.parts[part]) input.accept = content.parts[part].accept;
    else input.closest(".field").remove();
  }
  $("form-here").replaceChildren(form);
  speak(form);
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    onSubmit();
  });
  const boot = { ...content, lot: content.lot.id };
  return new SealForm(form, boot);
}

function row({ no, name, unit, quantity }, n) {
  const made = $("item-row").content.firstElementChild.cloneNode(true);
  Object.assign(made.dataset, { item: no, quantity });
  [no, name, unit, quantity].forEach((text, cell) => (made.cells[cell].textContent = text));
  const input = made.querySelector("input");
  input.id = `seal-price-${n + 1}`;
  input.setAttribute("aria-label", t("price-of", { no, name }));
  return made;
}

/** From the certificate, where it names them; the bidder may correct it. */
export function suggestBidder(form, { organisation, uscc }) {
  const [name, code] = ["bidder_name", "bidder_uscc"].map((field) => form.elements.namedItem(field));
  name.value ||= organisation;
  code.value ||= uscc;
}

/** → {documents, bidder}, or null after the errors were shown. */
export function readForm(sealForm) {
  const { documents, errors } = sealForm.read();
  const [name, code] = ["bidder_name", "bidder_uscc"].map((field) => sealForm.form.elements.namedItem(field));
  const bidder = { uscc: code.value.trim().toUpperCase(), name: name.value.trim() };
  if (!bidder.name) errors.unshift({ input: name, code: "required" });
  if (!USCC.test(bidder.uscc)) errors.unshift({ input: code, code: "uscc-wrong" });
  showErrors(sealForm.form, errors);
  return errors.length ? null : { documents, bidder };
}

function showErrors(form, errors) {
  for (const input of form.querySelectorAll("[aria-invalid]")) input.removeAttribute("aria-invalid");
  $("errors").hidden = errors.length === 0;
  const made = errors.map(({ input, code, detail }) => {
    const item = document.createElement("li");
    const link = item.appendChild(document.createElement("a"));
    const label = input.labels?.[0]?.textContent.trim() || input.getAttribute("aria-label");
    link.textContent = `${label}：${t(code, detail)}`;
    link.href = `#${input.id}`;
    link.addEventListener("click", (event) => {
      event.preventDefault();
      input.focus();
    });
    input.setAttribute("aria-invalid", "true");
    return item;
  });
  $("error-list").replaceChildren(...made);
  if (errors.length) $("errors").focus();
}

/** The steps of a running act: which one, how far. */
export class Steps {
  #all = 1;
  #done = {};
  #current = null;

  constructor(list, names, documents) {
    this.list = list;
    const made = names.map((name) => {
      const item = document.createElement("li");
      item.dataset.step = name;
      item.innerHTML = '<div class="file"><div class="name"><span></span><div class="meta"></div><progress max="1" value="0" hidden></progress></div><span class="state"></span></div>';
      says(item.querySelector("span"), `step-${name}`);
      item.querySelector("progress").setAttribute("aria-label", t(`step-${name}`));
      return item;
    });
    list.replaceChildren(...made);
    for (const name of names) this.#mark(name, "waiting");
    const sizes = Object.values(documents).flat().map(({ input }) => input.size ?? input.length);
    this.#all = sizes.reduce((sum, size) => sum + size, 0);
  }

  #item(name) {
    return this.list.querySelector(`[data-step="${name}"]`);
  }

  #mark(name, state) {
    const chip = this.#item(name).querySelector(".state");
    chip.className = `state ${state}`;
    says(chip, state);
    this.#item(name).querySelector("progress").hidden = state !== "active" || !["hash", "seal"].includes(name);
  }

  start(name) {
    if (this.#current) this.#mark(this.#current, "done");
    this.#current = name;
    if (name) this.#mark(name, "active");
  }

  fail() {
    if (this.#current) this.#mark(this.#current, "failed");
  }

  advance(name, bytes) {
    const done = (this.#done[name] = (this.#done[name] ?? 0) + bytes);
    const bar = this.#item(name).querySelector("progress");
    bar.max = Math.max(this.#all, done, 1);
    bar.value = done;
    const now = performance.now();
    if (now - (this.noted ?? 0) < 200 && done < this.#all) return;
    this.noted = now;
    says(this.#item(name).querySelector(".meta"), "amount", { mb: (done / 1048576).toFixed(1) });
  }
}
