/** Builds every bundle into the web door's static folder. One shared set of chunks: heavy code loads only where used. */

import { build } from "esbuild";
import { mkdir, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";

const here = (path) => fileURLToPath(new URL(path, import.meta.url));
const out = here("../sunshine/interfaces/web/static/dist/js/");
const elements = (await readdir(here("src/elements/"))).filter((name) => name.startsWith("sun-"));

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

// Node reads the same files in the tests and takes them for modules by this
await writeFile(`${out}package.json`, '{ "type": "module" }\n');
for (const name of (await readdir(out)).sort()) {
  console.log(`${String((await stat(out + name)).size).padStart(8)}  ${name}`);
}
