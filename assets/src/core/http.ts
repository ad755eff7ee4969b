// Requests to the server of the editor: JSON both ways, and outcomes instead of exceptions.

import type { Json, Problem } from "./model";

/** No answer in this time is no connection, in milliseconds. */
const TIMEOUT_MS = 20_000;

export interface Refusal {
  error?: string;
  message?: string;
  errors?: Problem[];
  revision?: number;
  by?: string;
  at?: string;
}

/** `status` 0: the server was not reached. */
export interface Answer<T> {
  status: number;
  ok: boolean;
  body: T & Refusal;
}

async function answerOf<T>(request: Promise<Response>): Promise<Answer<T>> {
  try {
    const response = await request;
    const text = await response.text();
    let body = {} as T & Refusal;
    try {
      body = JSON.parse(text) as T & Refusal;
    } catch {
      // A proxy's page of an error is no JSON: the status says enough.
    }
    return { status: response.status, ok: response.ok, body };
  } catch {
    return { status: 0, ok: false, body: {} as T & Refusal };
  }
}

export function send<T>(url: string, value: Json | object): Promise<Answer<T>> {
  const headers = { "Content-Type": "application/json", Accept: "application/json" };
  return answerOf(fetch(url, { method: "POST", headers, body: JSON.stringify(value), signal: AbortSignal.timeout(TIMEOUT_MS) }));
}

export function ask<T>(url: string, query: Record<string, string | string[] | number | null | undefined> = {}): Promise<Answer<T>> {
  const sent = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    for (const part of Array.isArray(value) ? value : [value]) if (part !== null && part !== undefined && part !== "") sent.append(name, String(part));
  }
  const address = sent.size > 0 ? `${url}?${sent}` : url;
  return answerOf(fetch(address, { headers: { Accept: "application/json" }, signal: AbortSignal.timeout(TIMEOUT_MS) }));
}
