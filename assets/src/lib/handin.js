/** Handing in a package that was sealed elsewhere: the same box, the same receipts, and only the public half of a bid. */

import { bidOf, expect } from "./bidbook.js";
import { Failure } from "./failure.js";
import { Upload, uploadBlob } from "./upload.js";

/** Is this entry's box secret in another book? Then this browser can hand in, but neither replace nor withdraw. */
export const isForeign = (bid) => Boolean(bid) && !bid.box_secret;

/** Makes room in the keyring for a bid of `boxKey`, whose secret stays where the package was made. Edits `content`. */
function adopt(content, lot, policy, boxKey) {
  const known = bidOf(content, lot, policy);
  if (known?.box_key === boxKey) return;
  // a token serves the box it was made for, and an organisation gets no second one
  if (known && (known.lids.length > 0 || known.pending || known.token || known.asked)) throw new Failure("package-other-box");
  if (known) content.bids.splice(content.bids.indexOf(known), 1);
  content.bids.push({ lot, policy, box_key: boxKey, box_secret: "", lids: [], rescue: [] });
}

/**
 * submission: a Submission of the page; package: from openPackage, checked. Uploads the bodies, then the lid.
 * → receipt. Failure package-other-box when this keyring has another bid of its own in this lot.
 */
export async function handIn(submission, { lid, withdrawal, bodies }) {
  const { keyring, lot, policyHex, box, watch } = submission;
  await keyring.update((content) => adopt(content, lot, policyHex, lid.box_key));
  watch.onStep("token");
  const right = { policy: policyHex, box_key: lid.box_key, token: await submission.token() };
  watch.onStep("upload");
  const uploads = {};
  for (const [part, body] of bodies) {
    let before = 0;
    const upload = await Upload.begin(box.uploads, { ...right, part }, {
      onProgress: (received) => (watch.onUpload(received - before), (before = received)),
      onState: (state, code) => watch.onState(state, code, upload),
    });
    if ((await uploadBlob(upload, body)) !== body.size) throw new Failure("upload-diverged", { received: upload.received });
    uploads[part] = upload.id;
  }
  const act = withdrawal ? { kind: "withdrawal", lid } : { kind: "bid", lid, uploads };
  await keyring.update((content) => expect(bidOf(content, lot, policyHex), act));
  return submission.settle();
}
