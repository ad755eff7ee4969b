// Dates and times as people read and type them, in the site's time zone; stored in UTC.

import { t } from "../texts";

const MINUTE_MS = 60_000;

/** How far the zone is ahead of UTC at that moment, in milliseconds. */
function offsetMs(at: number, zone: string): number {
  const format = new Intl.DateTimeFormat("en-GB", {
    timeZone: zone, hourCycle: "h23", year: "numeric", month: "numeric", day: "numeric", hour: "numeric", minute: "numeric", second: "numeric",
  });
  const part = Object.fromEntries(format.formatToParts(at).map(({ type, value }) => [type, Number(value)]));
  const wall = Date.UTC(part.year ?? 0, (part.month ?? 1) - 1, part.day ?? 1, part.hour ?? 0, part.minute ?? 0, part.second ?? 0);
  return wall - Math.floor(at / 1000) * 1000;
}

/** `2026-01-31T10:30` in the zone is `2026-01-31T09:30:00Z`. */
export function toUtc(wall: string, zone: string): string {
  const naive = Date.parse(`${wall}${wall.length === 16 ? ":00" : ""}Z`);
  if (Number.isNaN(naive)) return wall;
  const first = naive - offsetMs(naive, zone);
  const at = naive - offsetMs(first, zone);
  return new Date(at).toISOString().replace(".000Z", "Z");
}

/** The reverse, as an input of the browser takes it. */
export function toWall(utc: string, zone: string): string {
  const at = Date.parse(utc);
  if (Number.isNaN(at)) return "";
  const wall = new Date(at + offsetMs(at, zone)).toISOString().slice(0, 19);
  return wall.endsWith(":00") ? wall.slice(0, 16) : wall;
}

export function clockTime(at: string | number | Date): string {
  return new Date(at).toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" });
}

/** `12:31`, or with the day when it is another one. */
export function shortMoment(at: string | number | Date): string {
  const then = new Date(at);
  if (Date.now() - then.getTime() < MINUTE_MS && Date.now() >= then.getTime()) return t.justNow;
  if (then.toDateString() === new Date().toDateString()) return clockTime(then);
  return then.toLocaleString([], { day: "numeric", month: "short", hour: "2-digit", minute: "2-digit" });
}

export function longMoment(at: string, zone: string): string {
  return new Date(at).toLocaleString([], { dateStyle: "medium", timeStyle: "short", timeZone: zone });
}
