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

/**
 * method; json (an object to send) or body (bytes); signal. → the answer's JSON, its Date header as `response.date`
 * through `onResponse`. Throws Refusal (409, 422), Failure network | forbidden | server; AbortError passes through.
 */
export async function request(url, { method = "GET", json, body, signal, credentials = "same-origin", onResponse = () => {} } = {}) {
  const headers = { Accept: "application/json", "X-Requested-With": "XMLHttpRequest" };
  if (method !== "GET") headers["X-CSRFToken"] = csrfToken();
  if (json !== undefined) headers["Content-Type"] = "application/json";
  if (body !== undefined) headers["Content-Type"] = "application/octet-stream";
  let response;
  try {
    const sent = json === undefined ? body : JSON.stringify(json);
    response = await fetch(url, { method, headers, body: sent, signal, credentials, cache: "no-store" });
  } catch (cause) {
    if (cause.name === "AbortError") throw cause;
    throw new Failure("network", {}, cause);
  }
  onResponse(response);
  if (response.ok && !response.redirected) return jsonOf(response);
  if (response.status === 409 || response.status === 422) throw new Refusal(await jsonOf(response));
  // a login page answered instead, or the session is over: nothing was accepted
  if (response.redirected || response.status === 401 || response.status === 403) throw new Failure("forbidden");
  throw new Failure("server", { status: response.status });
}
