/** Every format in one module: what the tests import, and what an offline tool can be built from. */

export * as agefile from "./agefile.js";
export * as bidbook from "./bidbook.js";
export * as blindtoken from "./blindtoken.js";
export * as bytes from "./bytes.js";
export * as canonical from "./canonical.js";
export * as certs from "./certs.js";
export * as chain from "./chain.js";
export * as cms from "./cms.js";
export * as decimal from "./decimal.js";
export * as draw from "./draw.js";
export * as http from "./http.js";
export * as keyring from "./keyring.js";
export * as keystore from "./keystore.js";
export * as lid from "./lid.js";
export * as logproof from "./logproof.js";
export * as note from "./note.js";
export * as opening from "./opening.js";
export * as payload from "./payload.js";
export * as policy from "./policy.js";
export * as remedy from "./remedy.js";
export * as seal from "./seal.js";
export * as shamir from "./shamir.js";
export * as submission from "./submission.js";
export * as tree from "./tree.js";
export * as upload from "./upload.js";
export * as zip from "./zip.js";
