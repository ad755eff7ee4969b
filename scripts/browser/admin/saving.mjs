// Nothing that is written is lost: autosave, a killed browser, a lost network, two tabs, an ended session; and publishing.
import { spawn } from "node:child_process";
import { createHmac } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { becomes, control, holds, same, saved, state } from "./desk.mjs";

/** The preview follows within this at p95 in so many updates, in milliseconds; a debug build's server takes longer. */
const PREVIEW_MS = 300;
const PREVIEWS = 40;

/** Types into the introduction as a key does; milliseconds until the frame that shows it. */
const typed = (words) =>
  new Promise((resolve, reject) => {
    const box = [...document.querySelectorAll("vt-field")].find((field) => field.field.name === "intro").querySelector("textarea");
    const frame = document.querySelector("vt-preview iframe");
    const began = performance.now();
    box.value = words;
    box.dispatchEvent(new Event("input", { bubbles: true }));
    const look = () => {
      const took = performance.now() - began;
      if (frame.contentDocument?.body?.textContent.includes(words)) resolve(took);
      else if (took > 10_000) reject(new Error(`the preview does not say: ${words}`));
      else requestAnimationFrame(look);
    };
    look();
  });

const intro = (page) => control(page, "intro", "textarea");

/** What an authenticator app shows (RFC 6238). */
export function totp(secret, steps) {
  const bits = [...secret].map((letter) => "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567".indexOf(letter).toString(2).padStart(5, "0")).join("");
  const key = Buffer.from(bits.match(/.{8}/g).map((byte) => parseInt(byte, 2)));
  const counter = Buffer.alloc(8);
  counter.writeBigUInt64BE(BigInt(Math.floor(Date.now() / 30_000) + steps));
  const digest = createHmac("sha1", key).update(counter).digest();
  const at = digest[19] & 15;
  return String((digest.readUInt32BE(at) & 0x7fffffff) % 1_000_000).padStart(6, "0");
}

/** A browser of its own that can be killed: its address and how. */
async function browserToKill(desk, folder) {
  const flags = [...desk.args, "--headless=new", `--user-data-dir=${folder}`, "--remote-debugging-port=0", "--no-first-run", "about:blank"];
  const child = spawn(desk.chromiumPath, flags, { stdio: "ignore", detached: true });
  for (let look = 0; look < 100; look += 1) {
    await new Promise((resolve) => setTimeout(resolve, 100));
    try {
      const [port] = readFileSync(join(folder, "DevToolsActivePort"), "utf8").split("\n");
      const browser = await desk.chromium.connectOverCDP(`http://127.0.0.1:${port}`);
      return { browser, kill: () => process.kill(-child.pid, "SIGKILL") };
    } catch {
      // It is not ready yet.
    }
  }
  throw new Error("the browser did not start");
}

export const savingChecks = {
  "what is typed is saved by itself": async (desk) => {
    const page = await desk.open("post");
    const began = Date.now();
    await (await intro(page)).fill("Saved by itself.");
    await saved(page);
    const took = Date.now() - began;
    same((await desk.stored(page, desk.given.pages.post)).fields.intro, "Saved by itself.", "the introduction");
    holds(took < 2500, `it took ${took} ms`);
    return `${took} ms after the last letter`;
  },

  "a browser that is killed while typing loses a second at most": async (desk) => {
    const folder = mkdtempSync(join(tmpdir(), "vitrine-killed-"));
    try {
      const first = await browserToKill(desk, folder);
      const [context] = first.browser.contexts();
      const page = await context.newPage();
      await desk.enter(page, "ann");
      await desk.edit(page, desk.given.pages.other);
      const input = await control(page, "standfirst", "textarea");
      await input.fill("");
      // The network goes first, so that only this browser has the text.
      await context.setOffline(true);
      let typed = "";
      const at = [];
      for (let letter = 0; letter < 60; letter += 1) {
        typed += String.fromCharCode(97 + (letter % 26));
        at.push(Date.now());
        await page.keyboard.type(typed.at(-1));
        await page.waitForTimeout(25);
      }
      const killed = Date.now();
      first.kill();
      await new Promise((resolve) => setTimeout(resolve, 500));
      const second = await browserToKill(desk, folder);
      try {
        const [again] = second.browser.contexts();
        const reopened = await again.newPage();
        await reopened.goto(`${desk.base}/admin/pages/${desk.given.pages.other}/edit/`);
        if (reopened.url().includes("login")) {
          await desk.enter(reopened, "ann");
          await desk.edit(reopened, desk.given.pages.other);
        }
        await reopened.locator(".banner button", { hasText: "Restore" }).first().click();
        const kept = await (await control(reopened, "standfirst", "textarea")).inputValue();
        holds(typed.startsWith(kept) && kept.length > 0, `restored: ${kept}`);
        const lost = kept.length === typed.length ? 0 : killed - at[kept.length];
        holds(lost <= 1000, `${lost} ms of typing are lost`);
        await saved(reopened);
        same((await desk.stored(reopened, desk.given.pages.other)).fields.standfirst, kept, "what was saved after restoring");
        return `${lost} ms of typing lost`;
      } finally {
        second.kill();
      }
    } finally {
      rmSync(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
    }
  },

  "without a network it waits, and goes on by itself": async (desk) => {
    const page = await desk.open("post");
    await page.context().setOffline(true);
    await (await intro(page)).fill("Written on a train.");
    await becomes(page, "offline");
    same((await page.locator(".save-state [role=status]").innerText()).trim(), "Offline: kept in this browser", "the words");
    await desk.shoot("offline", page);
    await (await intro(page)).fill("Written on a train, and a ferry.");
    await page.waitForTimeout(700);
    await page.context().setOffline(false);
    await becomes(page, "saved", 15000);
    same((await desk.stored(page, desk.given.pages.post)).fields.intro, "Written on a train, and a ferry.", "the introduction");
  },

  "two people never write over each other without a word": async (desk) => {
    const ann = await desk.open("post");
    const bob = await desk.open("post", "bob");
    await (await intro(bob)).fill("Bob was here.");
    await saved(bob);
    await ann.locator(".banner", { hasText: "Bob saved a new version" }).waitFor({ timeout: 6000 });
    await (await intro(ann)).fill("Ann was here.");
    const dialog = ann.locator("dialog", { hasText: "There are two versions" });
    await dialog.waitFor({ timeout: 6000 });
    await desk.shoot("conflict", ann);
    same((await desk.stored(bob, desk.given.pages.post)).fields.intro, "Bob was here.", "before anybody decides");
    await dialog.locator("button.primary").click();
    await saved(ann);
    same((await desk.stored(ann, desk.given.pages.post)).fields.intro, "Ann was here.", "after Ann kept hers");
  },

  "theirs is loaded and mine is kept aside": async (desk) => {
    const one = await desk.open("post");
    const two = await one.context().newPage();
    await desk.edit(two, desk.given.pages.post);
    await (await intro(two)).fill("From the second tab.");
    await saved(two);
    await one.bringToFront();
    await (await intro(one)).fill("From the first tab.");
    const dialog = one.locator("dialog", { hasText: "There are two versions" });
    await dialog.waitFor({ timeout: 6000 });
    await dialog.locator("button", { hasText: "Load theirs" }).click();
    await one.waitForLoadState();
    const banner = one.locator(".banner", { hasText: "put aside" });
    await banner.waitFor();
    same(await (await intro(one)).inputValue(), "From the second tab.", "what is shown");
    await banner.locator("button", { hasText: "Restore" }).click();
    same(await (await intro(one)).inputValue(), "From the first tab.", "what was put aside");
    await saved(one);
  },

  "an ended session asks for the password and keeps the text": async (desk) => {
    const page = await desk.open("post");
    await page.context().clearCookies();
    await (await intro(page)).fill("Kept while signed out.");
    await page.locator("dialog", { hasText: "Please sign in again" }).waitFor();
    await desk.shoot("signed-out", page);
    same(await state(page), "signed_out", "the state");
    await page.fill("#again-password", "wrong");
    await page.keyboard.press("Enter");
    await page.locator("#again-problem").waitFor();
    await page.fill("#again-password", desk.given.password);
    await page.keyboard.press("Enter");
    await saved(page);
    same((await desk.stored(page, desk.given.pages.post)).fields.intro, "Kept while signed out.", "the introduction");
  },

  "an ended session asks for the second step, too": async (desk) => {
    const page = await desk.signIn("bob");
    await page.goto(`${desk.base}/admin/account/`);
    const second = page.locator("section[aria-labelledby=step-title]");
    await second.locator("[name=current]").fill(desk.given.password);
    await second.locator("button[type=submit]").click();
    const secret = (await page.locator("main code").first().innerText()).replaceAll(" ", "");
    await page.fill("[name=code]", totp(secret, 0));
    await page.locator("main form button[type=submit]").first().click();
    await page.locator("li code").first().waitFor();
    const recovery = await page.locator("li code").allInnerTexts();
    try {
      await desk.edit(page, desk.given.pages.post);
      await page.context().clearCookies();
      await (await intro(page)).fill("Kept until the second step.");
      await page.fill("#again-password", desk.given.password);
      await page.keyboard.press("Enter");
      await page.fill("#again-code", "000000");
      await page.keyboard.press("Enter");
      await page.locator("#again-problem", { hasText: "The code is not right." }).waitFor();
      await desk.shoot("signed-out-code", page);
      await page.fill("#again-code", recovery[0]);
      await page.keyboard.press("Enter");
      await saved(page);
      same((await desk.stored(page, desk.given.pages.post)).fields.intro, "Kept until the second step.", "the introduction");
    } finally {
      await page.goto(`${desk.base}/admin/account/`);
      await second.locator("[name=current]").fill(desk.given.password);
      await second.locator("button", { hasText: "Turn it off" }).click();
      await page.waitForLoadState();
      desk.states.bob = undefined;
    }
  },

  "who signs in elsewhere goes on here": async (desk) => {
    const page = await desk.open("post");
    await page.context().clearCookies();
    await (await intro(page)).fill("Kept while signing in elsewhere.");
    const dialog = page.locator("dialog", { hasText: "Please sign in again" });
    await dialog.waitFor();
    const [other] = await Promise.all([page.context().waitForEvent("page"), dialog.locator("a").click()]);
    await other.waitForLoadState();
    await desk.enter(other, "ann");
    await other.close();
    await page.bringToFront();
    await page.evaluate(() => window.dispatchEvent(new Event("focus")));
    await saved(page);
    await dialog.waitFor({ state: "detached" });
    same((await desk.stored(page, desk.given.pages.post)).fields.intro, "Kept while signing in elsewhere.", "the introduction");
  },

  "what was not saved is offered to whoever wrote it, also behind later saves": async (desk) => {
    const page = await desk.open("post");
    await page.context().setOffline(true);
    await (await intro(page)).fill("Ann's words, never sent.");
    await becomes(page, "offline");
    await page.waitForTimeout(400);
    const folder = await page.context().storageState({ indexedDB: true });
    await page.context().close();
    const bob = await desk.open("post", "bob");
    await (await intro(bob)).fill("Bob's words, later.");
    await saved(bob);
    const again = await desk.signIn("ann", { storageState: folder });
    await desk.edit(again, desk.given.pages.post);
    const banner = again.locator(".banner", { hasText: "the page was saved since" });
    await banner.locator("button", { hasText: "Restore" }).waitFor();
    // The same browser, and somebody else.
    const bobHere = await desk.signIn("bob", { storageState: { cookies: desk.states.bob.cookies, origins: folder.origins } });
    await desk.edit(bobHere, desk.given.pages.post);
    await bobHere.waitForTimeout(600);
    same(await bobHere.locator(".banner").count(), 0, "banners that somebody else sees");
    await banner.locator("button", { hasText: "Restore" }).click();
    await saved(again);
    same((await desk.stored(again, desk.given.pages.post)).fields.intro, "Ann's words, never sent.", "the introduction");
  },

  "a refused draft says why at the field, and is not sent again and again": async (desk) => {
    const page = await desk.open("every");
    let sent = 0;
    page.on("request", (request) => (sent += request.url().endsWith("/draft/") ? 1 : 0));
    const input = await control(page, "a_regex", "input");
    await input.fill("NOT SMALL");
    await becomes(page, "invalid");
    await control(page, "a_regex", ".problem");
    same((await page.locator(".kind-regex .problem").innerText()).trim(), "Small letters only.", "the words at the field");
    await page.waitForTimeout(1500);
    same(sent, 1, "how often it was sent");
    await input.fill("small");
    await saved(page);
    same(await page.locator(".kind-regex .problem").count(), 0, "marked fields after it was put right");
  },

  "publishing shows on the public page, mistakes at their fields": async (desk) => {
    const page = await desk.open("post");
    const cover = await control(page, "cover_alt", "input");
    const before = await cover.inputValue();
    await cover.fill("");
    await page.locator("button.publish").click();
    await page.locator("button.problems").waitFor();
    await control(page, "cover_alt", "input[aria-invalid=true][aria-describedby]");
    await page.waitForFunction(() => document.activeElement.matches("input[aria-invalid=true]"), null, { timeout: 2000 });
    await desk.shoot("problems", page);
    await cover.fill(before);
    await (await intro(page)).fill("Fresh from the press.");
    const began = Date.now();
    await page.locator("button.publish").click();
    await page.locator(".toast", { hasText: "Published" }).waitFor();
    const took = Date.now() - began;
    const address = await page.evaluate(() => document.querySelector("vitrine-editor .links a[target=_blank]").href);
    const seen = await page.evaluate(async (url) => (await fetch(url)).text(), address);
    holds(seen.includes("Fresh from the press."), "the public page has not what was published");
    await page.locator(".side", { hasText: "Live after" }).waitFor({ timeout: 8000 });
    return `${took} ms`;
  },

  "the preview follows what is typed": async (desk) => {
    const page = await desk.open("post");
    await page.keyboard.press("Control+p");
    const frame = page.frameLocator("vt-preview iframe");
    await frame.locator("h1").first().waitFor();
    await page.locator(".preview [role=status]", { hasText: "Drawn in" }).waitFor();
    const times = [];
    for (let update = 0; update < PREVIEWS; update += 1) times.push(await page.evaluate(typed, `The preview says ${update}.`));
    times.sort((one, other) => one - other);
    await desk.shoot("preview", page);
    await page.locator(".devices button").first().click();
    await page.waitForTimeout(200);
    await desk.shoot("preview-phone", page);
    const slow = Math.round(times[Math.ceil(times.length * 0.95) - 1]);
    const most = desk.given.optimised ? PREVIEW_MS : PREVIEW_MS * 5;
    holds(slow < most, `updates took ${slow} ms at p95`);
    await saved(page);
    const at = (part) => Math.round(times[Math.floor(times.length * part)]);
    return `p50 ${at(0.5)} ms, p95 ${slow} ms, ${PREVIEWS} updates, from the key to the picture, 150 ms of it waiting`;
  },
};
