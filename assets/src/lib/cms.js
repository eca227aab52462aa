/** Detached CMS SignedData (RFC 5652) over a statement, with the signer's certificate inside: what `statement.p7s` is. */

import {
  Attribute,
  CertificateChoices,
  CertificateSet,
  ContentInfo,
  DigestAlgorithmIdentifiers,
  EncapsulatedContentInfo,
  IssuerAndSerialNumber,
  SignedData,
  SignerIdentifier,
  SignerInfo,
  SignerInfos,
} from "@peculiar/asn1-cms";
import { AsnConvert, OctetString } from "@peculiar/asn1-schema";
import { AlgorithmIdentifier, Certificate } from "@peculiar/asn1-x509";
import { sha256 } from "@noble/hashes/sha2.js";
import { concat } from "./bytes.js";
import { readCertificate } from "./chain.js";
import { signMessage } from "./certs.js";
import { OID } from "./cmscheck.js";
import { byBytes } from "./strict.js";

const tlv = (tag, body) => concat(Uint8Array.of(tag, ...lengthOctets(body.length)), body);

function lengthOctets(length) {
  if (length < 128) return [length];
  const octets = [];
  for (let rest = length; rest > 0; rest = Math.floor(rest / 256)) octets.unshift(rest % 256);
  return [0x80 | octets.length, ...octets];
}

function oid(dotted) {
  const [first, second, ...rest] = dotted.split(".").map(Number);
  const octets = [first * 40 + second];
  for (const arc of rest) {
    const groups = [arc % 128];
    for (let left = Math.floor(arc / 128); left > 0; left = Math.floor(left / 128)) groups.unshift((left % 128) | 128);
    octets.push(...groups);
  }
  return tlv(0x06, Uint8Array.from(octets));
}

// no signing time: a sealed bid tells no more than its documents, and the log fixes the time. By hand, because DER demands the SET sorted, and the very bytes signed must be the bytes sent
function signedAttributes(content) {
  const attribute = (type, value) => tlv(0x30, concat(oid(type), tlv(0x31, value)));
  return [
    attribute(OID.contentType, oid(OID.data)),
    attribute(OID.messageDigest, tlv(0x04, sha256(content))),
  ].sort(byBytes);
}

/**
 * content: the bytes signed (they stay outside); privateKey: the P-256 CryptoKey; certificate: its PEM; chain: further
 * PEMs to carry along. → DER bytes of the ContentInfo
 */
export async function signDetached(content, { privateKey, certificate, chain = [] }) {
  const certificates = [certificate, ...chain].map((pem) => AsnConvert.parse(readCertificate(pem).rawData, Certificate));
  const [signer] = certificates;
  const attributes = signedAttributes(content);
  const signature = await signMessage(privateKey, tlv(0x31, concat(...attributes)));
  const digest = new AlgorithmIdentifier({ algorithm: OID.sha256 });
  const info = new SignerInfo({
    version: 1,
    sid: new SignerIdentifier({
      issuerAndSerialNumber: new IssuerAndSerialNumber({
        issuer: signer.tbsCertificate.issuer,
        serialNumber: signer.tbsCertificate.serialNumber,
      }),
    }),
    digestAlgorithm: digest,
    signedAttrs: attributes.map((der) => AsnConvert.parse(der, Attribute)),
    signatureAlgorithm: new AlgorithmIdentifier({ algorithm: OID.ecdsaWithSha256 }),
    signature: new OctetString(signature),
  });
  const signed = new SignedData({
    version: 1,
    digestAlgorithms: new DigestAlgorithmIdentifiers([digest]),
    encapContentInfo: new EncapsulatedContentInfo({ eContentType: OID.data }),
    certificates: new CertificateSet(certificates.map((each) => new CertificateChoices({ certificate: each }))),
    signerInfos: new SignerInfos([info]),
  });
  const whole = new ContentInfo({ contentType: OID.signedData, content: AsnConvert.serialize(signed) });
  return new Uint8Array(AsnConvert.serialize(whole));
}
