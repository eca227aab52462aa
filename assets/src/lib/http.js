/** Talking to our own server: JSON both ways, the CSRF token, and every bad answer as a Failure with a code. */

import { Failure, Refusal } from "./failure.js";

export function csrfToken(cookies = globalThis.document?.cookie ?? "") {
  return cookies.match(/(?:^|;\s*)csrftoken=([^;]*)/)?.[1] ?? "";
}

async function jsonOf(response) {
  try {
    return await response.json();
  } catch (cause) {
    throw new Failure("server", { status: response.status }, cause);
  }
}

/** What the bid box gets: nothing that says who asks, only the language of the page for its refusals. */
const nameless = () => ({
  headers: { "Accept-Language": globalThis.document?.documentElement.lang || "zh-hans" },
  credentials: "omit",
  referrerPolicy: "no-referrer",
});

/**
 * method; json (an object to send) or body (bytes); signal; anonymous: without cookies. → the answer's JSON, its Date header as `response.date`
 * through `onResponse`. Throws Refusal (409, 422), Failure network | forbidden | too-often | server; AbortError passes through.
 */
export async function request(url, { method = "GET", json, body, signal, anonymous = false, onResponse = () => {} } = {}) {
  const { headers: said, ...manner } = anonymous
    ? nameless()
    : { headers: { "X-Requested-With": "XMLHttpRequest" }, credentials: "same-origin" };
  const headers = { Accept: "application/json", ...said };
  if (method !== "GET" && !anonymous) headers["X-CSRFToken"] = csrfToken();
  if (json !== undefined) headers["Content-Type"] = "application/json";
  if (body !== undefined) headers["Content-Type"] = "application/octet-stream";
  let response;
  try {
    const sent = json === undefined ? body : JSON.stringify(json);
    response = await fetch(url, { method, headers, body: sent, signal, cache: "no-store", ...manner });
  } catch (cause) {
    if (cause.name === "AbortError") throw cause;
    throw new Failure("network", {}, cause);
  }
  onResponse(response);
  if (response.ok && !response.redirected) return jsonOf(response);
  if (response.status === 409 || response.status === 422) throw new Refusal(await jsonOf(response));
  // a login page answered instead, or the session is over: nothing was accepted
  if (response.redirected || response.status === 401 || response.status === 403) throw new Failure("forbidden");
  if (response.status === 429) throw new Failure("too-often");
  throw new Failure("server", { status: response.status });
}

/** The text at an address of ours that anyone may read. Throws Failure network | server. */
export async function textOf(url) {
  let response;
  try {
    response = await fetch(url, { credentials: "same-origin" });
  } catch (cause) {
    throw new Failure("network", {}, cause);
  }
  if (!response.ok) throw new Failure("server", { status: response.status });
  return response.text();
}
