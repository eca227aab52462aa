/** A certificate as people look at it: its names and its fingerprint. Whether it leads to a root: see certificates.js. */

import { sha256 } from "@noble/hashes/sha2.js";
import { X509Certificate } from "@peculiar/x509";
import { toHex } from "./bytes.js";

export const readCertificate = (pem) => new X509Certificate(pem);
export const certificateSha256 = (certificate) => toHex(sha256(new Uint8Array(certificate.rawData)));
