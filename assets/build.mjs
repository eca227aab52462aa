/** Builds every bundle into the web door's static folder. One shared set of chunks: heavy code loads only where used. */

import { createHash } from "node:crypto";
import { build, transform } from "esbuild";
import { mkdir, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";

const here = (path) => fileURLToPath(new URL(path, import.meta.url));
const out = here("../sunshine/interfaces/web/static/dist/js/");
const elements = (await readdir(here("src/elements/"))).filter((name) => name.startsWith("sun-"));

/** The X.509 library's container looks for its polyfill as soon as it loads: chunks keep no order but that of its own imports. */
const polyfill = {
  name: "polyfill",
  setup: (plan) =>
    plan.onLoad({ filter: /tsyringe\/dist\/esm5\/index\.js$/ }, async ({ path }) => ({
      contents: `import "reflect-metadata";\n${await readFile(path, "utf8")}`,
    })),
};

await rm(out, { recursive: true, force: true });
await mkdir(out, { recursive: true });
const { metafile } = await build({
  absWorkingDir: here("."),
  entryPoints: [
    "src/app.js",
    { in: "src/lib/index.js", out: "lib" },
    { in: "src/workers/evidence.js", out: "evidence-worker" },
    ...elements.map((name) => `src/elements/${name}`),
  ].map((entry) => (typeof entry === "string" ? { in: entry, out: entry.split("/").pop().replace(/\.js$/, "") } : entry)),
  outdir: out,
  bundle: true,
  splitting: true,
  format: "esm",
  target: ["es2022"],
  minify: true,
  legalComments: "eof",
  chunkNames: "chunk-[hash]",
  metafile: true,
  logLevel: "warning",
  plugins: [polyfill],
});

/** The licences of everything that went into a bundle, as they ask to be passed on. */
async function licences() {
  const folders = new Set(Object.keys(metafile.inputs).map((path) => path.match(/^.*node_modules\/(?:@[^/]+\/)?[^/]+/)?.[0]));
  const texts = [];
  for (const folder of [...folders].filter(Boolean).sort()) {
    const { name, version, license } = JSON.parse(await readFile(here(`${folder}/package.json`), "utf8"));
    const file = (await readdir(here(folder))).find((each) => /^licen[cs]e/i.test(each));
    const text = file ? (await readFile(here(`${folder}/${file}`), "utf8")).trim() : license;
    texts.push(`${name} ${version} (${license})\n${"-".repeat(60)}\n${text}\n`);
  }
  await writeFile(`${out}licences.txt`, texts.join("\n"));
}
await licences();

/**
 * The offline tool: page, style, scripts and WebAssembly in one file that works from the disk. Its policy names the
 * hashes of its one style and one script and allows no connection at all.
 */
async function offlineTool() {
  const tools = here("../sunshine/interfaces/web/static/dist/tools/");
  const { version } = JSON.parse(await readFile(here("package.json"), "utf8"));
  const bundle = await build({
    absWorkingDir: here("."), entryPoints: ["src/offline/main.js"], bundle: true, format: "iife", target: ["es2022"],
    minify: true, legalComments: "eof", charset: "utf8", write: false, logLevel: "warning", plugins: [polyfill],
  });
  // the one end tag that may not stand inside a script
  const script = bundle.outputFiles[0].text.replaceAll("</script", "<\\/script");
  const style = await offlineStyle();
  const hash = (text) => `'sha256-${createHash("sha256").update(text).digest("base64")}'`;
  const policy = [
    "default-src 'none'", `script-src ${hash(script)} 'wasm-unsafe-eval'`, `style-src ${hash(style)}`, "img-src data:",
    "connect-src 'none'", "base-uri 'none'", "form-action 'none'",
  ].join("; ");
  const licences = (await readFile(`${out}licences.txt`, "utf8")).replace(/[&<]/g, (letter) => (letter === "&" ? "&amp;" : "&lt;"));
  const parts = { CSP: policy, VERSION: version, STYLE: style, SCRIPT: script, LICENCES: licences };
  const page = (await readFile(here("src/offline/template.html"), "utf8")).replace(/%(CSP|VERSION|STYLE|SCRIPT|LICENCES)%/g, (_, name) => parts[name]);
  await mkdir(tools, { recursive: true });
  await writeFile(`${tools}sunshine-bid.html`, page);
  console.log(`${String(Buffer.byteLength(page)).padStart(8)}  sunshine-bid.html  ${createHash("sha256").update(page).digest("hex")}`);
}

/** The house's style with its pictures inside, and the few lines of the tool's own. */
async function offlineStyle() {
  const house = await readFile(here("../sunshine/interfaces/web/static/dist/css/app.css"), "utf8");
  const own = (await transform(await readFile(here("src/offline/offline.css"), "utf8"), { loader: "css", minify: true })).code;
  const named = [...new Set(Array.from(house.matchAll(/url\("?\.\.\/img\/([\w.-]+)"?\)/g), ([, name]) => name))];
  let whole = house;
  for (const name of named) {
    const picture = await readFile(here(`../sunshine/interfaces/web/static/dist/img/${name}`));
    whole = whole.replaceAll(new RegExp(`url\\("?\\.\\./img/${name}"?\\)`, "g"), `url("data:image/svg+xml;base64,${picture.toString("base64")}")`);
  }
  return whole + own;
}
await offlineTool();

// Node reads the same files in the tests and takes them for modules by this
await writeFile(`${out}package.json`, '{ "type": "module" }\n');
for (const name of (await readdir(out)).sort()) {
  console.log(`${String((await stat(out + name)).size).padStart(8)}  ${name}`);
}
