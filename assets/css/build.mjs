// Builds the stylesheet and the icon sprite into the static files that are committed with the source.
// Run: npm ci && npm run build (in this folder).
import { build } from "esbuild";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const here = dirname(fileURLToPath(import.meta.url));
const dist = join(here, "../../sunshine/interfaces/web/static/dist");
const packages = join(here, "node_modules");

// Our name → Tabler's drawing. Templates know only our names, so the set can be redrawn without touching a page.
const ICONS = {
  "arrow-left": "arrow-left", "arrow-right": "arrow-right", "arrow-up": "arrow-up",
  bell: "bell", book: "book-2", building: "building", calendar: "calendar", certificate: "certificate",
  check: "check", "chevron-down": "chevron-down", "chevron-left": "chevron-left", "chevron-right": "chevron-right",
  clock: "clock", close: "x", coin: "coin-yuan", contract: "writing-sign", device: "device-laptop",
  download: "download", eye: "eye", external: "external-link", file: "file-text", filter: "filter",
  gavel: "gavel", hold: "player-pause", home: "home-2", info: "info-circle", key: "key", language: "language",
  list: "list-details", lock: "lock", logout: "logout", menu: "menu-2", message: "message-question",
  minus: "minus", moon: "moon", news: "news", pencil: "pencil", phone: "phone", plus: "plus", print: "printer",
  proof: "shield-check", qr: "qrcode", refused: "circle-x", rehearsal: "clock-play", scale: "scale",
  search: "search", seal: "lock-square-rounded", settings: "settings", sort: "arrows-sort",
  "sort-down": "sort-descending", "sort-up": "sort-ascending", sun: "sun", table: "table", team: "users",
  theme: "contrast", unlock: "lock-open", upload: "upload", user: "user", warning: "alert-triangle",
};

function inner(svg) {
  return svg.replace(/^[\s\S]*?<svg[\s\S]*?>/, "").replace(/<\/svg>[\s\S]*$/, "")
    .replace(/<path stroke="none" d="M0 0h24v24H0z" fill="none" ?\/>/, "").replace(/\s*\n\s*/g, "");
}

async function sprite() {
  const symbols = await Promise.all(Object.entries(ICONS).map(async ([name, drawing]) => {
    const svg = await readFile(join(packages, "@tabler/icons/icons/outline", `${drawing}.svg`), "utf8");
    return `<symbol id="${name}" viewBox="0 0 24 24" fill="none" stroke="currentColor" stroke-width="1.75" ` +
      `stroke-linecap="round" stroke-linejoin="round">${inner(svg)}</symbol>`;
  }));
  const note = "<!-- Icons: Tabler Icons (tabler.io/icons), MIT licence; see licences.txt beside this file. -->";
  await writeFile(join(dist, "img/icons.svg"),
    `<svg xmlns="http://www.w3.org/2000/svg">${note}\n${symbols.join("\n")}\n</svg>\n`);
}

async function licences() {
  const parts = [["Tabler Icons", "@tabler/icons/LICENSE"], ["modern-normalize", "modern-normalize/license"]];
  const texts = await Promise.all(parts.map(async ([name, file]) =>
    `${name}\n${"-".repeat(name.length)}\n${(await readFile(join(packages, file), "utf8")).trim()}\n`));
  await writeFile(join(dist, "img/licences.txt"), texts.join("\n"));
}

await mkdir(join(dist, "css"), { recursive: true });
await mkdir(join(dist, "img"), { recursive: true });
await build({
  entryPoints: [join(here, "app.css")],
  outfile: join(dist, "css/app.css"),
  bundle: true,
  minify: true,
  // Browsers that public servants really have: two-year-old Chromium derivatives, Firefox ESR, Safari 15.
  target: ["chrome100", "firefox102", "safari15"],
  legalComments: "inline",
  external: ["*.svg"],
});
await Promise.all([sprite(), licences()]);
