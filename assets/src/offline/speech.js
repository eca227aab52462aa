/** Which language the page speaks: [data-t] is text, [data-t-label] names a cell on phones. Remembered for this file. */

import { WORDS } from "./words.js";

const KEPT = "sunshine-bid-language";
let column = 0;

/** The text of a key in the present language; {placeholders} filled in; "" for an unknown key. */
export function t(key, values = {}) {
  return (WORDS[key]?.[column] ?? "").replace(/\{(\w+)\}/g, (whole, name) => values[name] ?? whole);
}

/** Puts every text below `root` into the present language. */
export function speak(root = document) {
  for (const each of root.querySelectorAll("[data-t]")) each.textContent = t(each.dataset.t);
  for (const each of root.querySelectorAll("[data-t-label]")) each.dataset.label = t(each.dataset.tLabel);
  // what was said with values keeps them: data-said = [key, values]
  for (const each of root.querySelectorAll("[data-said]")) each.textContent = t(...JSON.parse(each.dataset.said));
}

/** `element` says this, also after the language has changed. */
export function says(element, key, values = {}) {
  element.dataset.said = JSON.stringify([key, values]);
  element.textContent = t(key, values);
  return element;
}

export function startSpeaking(button) {
  column = remembered() ?? (navigator.language?.toLowerCase().startsWith("zh") ? 0 : 1);
  const show = () => {
    document.documentElement.lang = column ? "en" : "zh-Hans";
    document.title = `${t("product")} · ${t("title")}`;
    button.textContent = column ? "中文" : "English";
    button.lang = column ? "zh-Hans" : "en";
    speak();
  };
  button.addEventListener("click", () => {
    column = 1 - column;
    try {
      localStorage.setItem(KEPT, String(column));
    } catch {
      // a browser that keeps nothing for files asks again next time
    }
    show();
  });
  show();
}

function remembered() {
  try {
    const kept = localStorage.getItem(KEPT);
    return kept === null ? null : Number(kept) ? 1 : 0;
  } catch {
    return null;
  }
}
