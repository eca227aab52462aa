/** <sun-countdown data-until="ISO" data-now="ISO of the server">: what is left, on the server's clock. */

import { SunElement } from "./base.js";

const SOON = 3600; // seconds; the last hour is shown in seconds and in cinnabar

class SunCountdown extends SunElement {
  start() {
    this.until = Date.parse(this.dataset.until);
    this.output = this.ref("left") ?? this;
    this.tick();
  }

  disconnectedCallback() {
    clearTimeout(this.timer);
  }

  tick() {
    const left = Math.max(0, Math.ceil((this.until - this.now()) / 1000));
    this.classList.toggle("soon", left > 0 && left < SOON);
    this.output.textContent = left === 0 ? this.text("over") : this.words(left);
    if (left === 0) return this.over();
    // a screen reader is not told every second: the region is role="timer", which is silent by itself
    this.timer = setTimeout(() => this.tick(), left < 86400 ? 1000 - (this.now() % 1000) : 30000);
  }

  words(left) {
    const values = {
      d: Math.floor(left / 86400),
      h: String(Math.floor(left / 3600) % 24).padStart(2, "0"),
      m: String(Math.floor(left / 60) % 60).padStart(2, "0"),
      s: String(left % 60).padStart(2, "0"),
    };
    return this.text(left >= 86400 ? "days" : "hours", values);
  }

  over() {
    if (!this.told) this.dispatchEvent(new CustomEvent("sun:over", { bubbles: true }));
    this.told = true;
  }
}

customElements.define("sun-countdown", SunCountdown);
