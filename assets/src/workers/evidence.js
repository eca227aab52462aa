/** Judges a file of evidence beside the page, so that the page stays alive: {data, receipts} → findings, then the verdict. */

import { checkEvidence } from "../lib/evidence/checks.js";

self.addEventListener("message", async ({ data: { data, receipts } }) => {
  const started = performance.now();
  try {
    const onFinding = (finding) => self.postMessage({ finding });
    const verdict = await checkEvidence(data, { receipts, onFinding });
    self.postMessage({ verdict, seconds: (performance.now() - started) / 1000 });
  } catch (failure) {
    self.postMessage({ broken: String(failure) });
  }
});
