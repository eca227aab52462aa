/** From what was filled in to a package: hash, sign, encrypt straight into the package, sign the lid, note it in the book. */

import { bidOf, ensureBid, expect, nextLink } from "../lib/bidbook.js";
import { bodySize, PackageWriter } from "../lib/bidpackage.js";
import { signDetached } from "../lib/cms.js";
import { makeLid, makeWithdrawal } from "../lib/lid.js";
import { hashDocuments, payloadStream, statementBytes } from "../lib/payload.js";
import { sealPart } from "../lib/seal.js";

function counted(stream, onBytes) {
  const transform = (chunk, controller) => (onBytes(chunk.length), controller.enqueue(chunk));
  return stream.pipeThrough(new TransformStream({ transform }));
}

/**
 * tender: from readTender; documents {part: [{name, input}]}; bidder {uscc, name}; signer: from readSigner; watch
 * {onStep(name), onHash(bytes), onSeal(bytes)}. The package is complete in `sink` and not saved yet. → lid
 */
export async function sealInto(sink, { tender, book, signer, bidder, documents, watch }) {
  const { content, policyId, policyHex } = tender;
  const { policy } = content;
  const lot = content.lot.id;
  book.edit((found) => ensureBid(found, lot, policyHex));
  const { box_key, box_secret: boxSecret, ...bid } = book.bid(lot, policyHex);
  const { seq, prev } = nextLink(bid);
  watch.onStep("hash");
  const hashed = {};
  for (const part of policy.parts) hashed[part] = await hashDocuments(documents[part] ?? [], watch.onHash);
  watch.onStep("seal");
  const writer = new PackageWriter(sink);
  const made = [];
  for (const part of policy.parts) {
    const files = hashed[part];
    const statement = statementBytes({ policy: policyHex, bidder, box_key, seq, part, files });
    const { keys, certificate, chain } = signer;
    const signature = await signDetached(statement, { privateKey: keys.privateKey, certificate, chain });
    const { stream, size } = await payloadStream({ statement, signature, files });
    const plain = counted(stream, watch.onSeal);
    made.push(await writer.body(part, bodySize(size), (write) => sealPart(policy, policyId, part, plain, write)));
  }
  watch.onStep("lid");
  const lid = makeLid(policyId, made.map(({ description }) => description), { seq, prev, boxSecret });
  await writer.finish(lid);
  book.edit((found) => expect(bidOf(found, lot, policyHex), { kind: "bid", lid }, made.map(({ rescue }) => rescue)));
  return lid;
}

/** The same for a withdrawal of the bid that stands. → withdrawal */
export async function withdrawInto(sink, { tender, book }) {
  const { content, policyId, policyHex } = tender;
  const { box_secret: boxSecret, ...bid } = book.bid(content.lot.id, policyHex);
  const lid = makeWithdrawal(policyId, { ...nextLink(bid), boxSecret });
  await new PackageWriter(sink).finish(lid);
  book.edit((found) => expect(bidOf(found, content.lot.id, policyHex), { kind: "withdrawal", lid }));
  return lid;
}
