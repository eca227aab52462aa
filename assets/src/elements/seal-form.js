/** The bid form as data: what a person typed → summary.json and price.json, or the list of what is wrong with it. */

import { canonicalDecimal, lineFen, totalFen, yuan } from "../lib/decimal.js";
import { utf8 } from "../lib/bytes.js";
import { jcs } from "../lib/canonical.js";
import { second } from "../lib/envelopes.js";
import { nameDocuments } from "../lib/payload.js";

const LARGEST_FILE = 2 * 1024 ** 3;

export class SealForm {
  constructor(form, boot) {
    this.form = form;
    this.boot = boot;
    this.rows = [...form.querySelectorAll("[data-item]")];
    form.addEventListener("input", () => this.refresh());
    this.refresh();
  }

  #field(name) {
    return this.form.elements.namedItem(name);
  }

  /** Line amounts and the total while typing; what cannot be read yet shows as a dash. */
  refresh() {
    const lines = this.rows.map((row) => this.#line(row));
    this.rows.forEach((row, n) => (row.querySelector("[data-ref=amount]").textContent = lines[n] ? yuan(lineFen(lines[n])) : "—"));
    const output = this.form.querySelector("[data-ref=total]");
    if (output) output.textContent = lines.every(Boolean) ? yuan(totalFen(lines)) : "—";
  }

  #line(row) {
    try {
      return { unit_price: canonicalDecimal(row.querySelector("input").value, 6), quantity: row.dataset.quantity };
    } catch {
      return null;
    }
  }

  /** → {documents: {summary, tech, price}, total: BigInt|null, errors: [{input, code, detail}]} */
  read() {
    this.errors = [];
    const lines = this.#lines();
    const byRate = this.boot.pricing === "rate";
    const total = byRate || this.errors.length ? null : totalFen(lines);
    const firstPrice = this.rows[0]?.querySelector("input");
    if (total === 0n) this.#wrong(firstPrice, "total-zero");
    if (total !== null && this.boot.cap_fen && total > BigInt(this.boot.cap_fen)) {
      this.#wrong(firstPrice, "over-cap", { cap: yuan(this.boot.cap_fen), total: yuan(total) });
    }
    const total_fen = total === null ? null : String(total);
    // of two envelopes the first tells no price: the total stands in the second, with the lines
    const twoEnvelopes = second(this.boot.policy).length > 0;
    const summary = {
      v: "bid-summary/1",
      lot: this.boot.lot,
      total_fen: twoEnvelopes ? null : total_fen,
      rate: byRate ? this.#decimal(this.#field("rate"), 4) : null,
      delivery_days: this.#days("delivery_days"),
      quality: this.#words("quality"),
      project_leader: this.#words("project_leader"),
      validity_days: this.#days("validity_days"),
    };
    // a rate has no sum of lines, and bid-price/1 writes that as nought
    const price = { v: "bid-price/1", lot: this.boot.lot, total_fen: total_fen ?? "0", tax_rate: this.#field("tax_rate").value, lines };
    const tech = this.#documents("tech");
    const priced = this.#documents("price");
    const documents = {
      summary: [{ name: "summary.json", input: () => utf8(jcs(summary)) }],
      tech,
      price: [{ name: "price.json", input: () => utf8(jcs(price)) }, ...priced],
    };
    return { documents: this.errors.length ? null : rendered(documents), total, errors: this.errors };
  }

  #wrong(input, code, detail = {}) {
    this.errors.push({ input, code, detail });
    return null;
  }

  #decimal(input, places) {
    if (input.value.trim() === "") return this.#wrong(input, "required");
    try {
      return canonicalDecimal(input.value, places);
    } catch (failure) {
      return this.#wrong(input, failure.code, failure.detail);
    }
  }

  #lines() {
    return this.rows.map((row) => ({
      item: row.dataset.item,
      unit_price: this.#decimal(row.querySelector("input"), 6),
      quantity: row.dataset.quantity,
      attributes: {},
    }));
  }

  #days(name) {
    const input = this.#field(name);
    const days = Number(input.value);
    const least = Number(input.min || 1);
    if (!Number.isInteger(days) || days < least || days > Number(input.max)) return this.#wrong(input, "days-wrong", { least, most: input.max });
    return days;
  }

  #words(name) {
    const input = this.#field(name);
    return input.value.trim() || this.#wrong(input, "required");
  }

  #documents(part) {
    const input = this.#field(part);
    const most = this.boot.parts?.[part]?.max_bytes ?? LARGEST_FILE;
    const files = [...input.files];
    if (input.required && files.length === 0) this.#wrong(input, "no-file");
    const endings = input.accept.split(",").map((ending) => ending.trim().toLowerCase()).filter(Boolean);
    for (const { name, size } of files) {
      if (size === 0) this.#wrong(input, "file-empty", { name });
      if (size > most) this.#wrong(input, "file-too-large", { name, mb: Math.floor(most / 1048576) });
      const lower = name.toLowerCase();
      if (endings.length && !endings.some((ending) => lower.endsWith(ending))) this.#wrong(input, "file-kind", { name, kinds: endings.join(" ") });
    }
    return nameDocuments(files);
  }
}

const rendered = (documents) =>
  Object.fromEntries(
    Object.entries(documents).map(([part, list]) => [
      part,
      list.map(({ name, input }) => ({ name, input: typeof input === "function" ? input() : input })),
    ]),
  );
