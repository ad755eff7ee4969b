// An editor's desk: browsers that are signed in, the pages they have open, and helpers to find fields and to wait.
import { isDeepStrictEqual } from "node:util";

export class Desk {
  constructor({ chromium, chromiumPath, base, axe, given }) {
    Object.assign(this, { chromium, chromiumPath, base, axe, given });
    this.contexts = [];
    this.complaints = [];
    // Chromium's sandbox does not work for root; the pages are our own.
    this.args = process.getuid() === 0 ? ["--no-sandbox"] : [];
  }

  async launch() {
    this.browser ??= await this.chromium.launch({ executablePath: this.chromiumPath, args: this.args });
    return this.browser;
  }

  /** A signed-in browser with one page. Each user signs in once: throttling is another check's business. */
  async signIn(name = "ann", options = {}) {
    const browser = await this.launch();
    this.states ??= {};
    const context = await browser.newContext({ viewport: { width: 1440, height: 900 }, reducedMotion: "reduce", storageState: this.states[name], permissions: ["clipboard-read", "clipboard-write"], ...options });
    context.setDefaultTimeout(10_000);
    // The first page waits for a cold server on a busy machine.
    context.setDefaultNavigationTimeout(20_000);
    this.contexts.push(context);
    const page = await context.newPage();
    this.watch(page);
    if (!this.states[name]) {
      await this.enter(page, name);
      this.states[name] = await context.storageState();
    }
    this.page = page;
    return page;
  }

  async enter(page, name) {
    await page.goto(`${this.base}/admin/login/`);
    await page.fill("[name=username]", name);
    await page.fill("[name=password]", this.given.password);
    await page.click("main button[type=submit]");
    await page.waitForURL((url) => !url.pathname.includes("login"));
  }

  /** What a browser complains about is a finding, but for answers that a check expects. */
  watch(page) {
    page.on("pageerror", (error) => this.complaints.push(`script: ${error.message}`));
    page.on("console", (message) => {
      const text = message.text();
      // The preview's scripts do not run, on purpose; refused requests are what some checks are about.
      if (message.type() === "error" && !/sandboxed|Failed to load resource|ERR_INTERNET_DISCONNECTED/.test(text)) this.complaints.push(`console: ${text}`);
    });
  }

  assertQuiet() {
    if (this.complaints.length > 0) throw new Error(this.complaints.join("; "));
  }

  async edit(page, id) {
    await page.goto(`${this.base}/admin/pages/${id}/edit/`);
    await page.waitForSelector(".editor-form vt-field .field");
    return page;
  }

  async open(name, who = "ann", options = {}) {
    return this.edit(await this.signIn(who, options), this.given.pages[name]);
  }

  /** The page's content as the server has it. */
  async stored(page, id) {
    const text = await page.evaluate(async (url) => (await fetch(url)).text(), `${this.base}/admin/pages/${id}/edit/`);
    const json = /<script type="application\/json" id="editor-data">(.*?)<\/script>/s.exec(text)[1];
    return JSON.parse(json).content;
  }

  async shoot(name, page = this.page, options = {}) {
    if (!this.given.shots || !page || page.isClosed()) return;
    await page.screenshot({ path: `${this.given.shots}/${name}.png`, ...options }).catch(() => undefined);
  }

  async clear() {
    await Promise.all(this.contexts.map((context) => context.close().catch(() => undefined)));
    this.contexts = [];
    this.complaints = [];
    this.page = undefined;
  }

  async end() {
    await this.browser?.close();
  }
}

/** The element of a field, by its name in the type. */
export async function field(page, name) {
  const handle = await page.evaluateHandle((wanted) => [...document.querySelectorAll("vt-field")].find((element) => element.field.name === wanted), name);
  const element = handle.asElement();
  if (!element) throw new Error(`there is no field ${name}`);
  await element.scrollIntoViewIfNeeded();
  return element;
}

export async function control(page, name, selector) {
  const found = await (await field(page, name)).waitForSelector(selector, { timeout: 4000 });
  return found;
}

export const state = (page) => page.getAttribute(".save-state", "data-state");

export async function becomes(page, wanted, timeout = 8000) {
  await page.waitForFunction((name) => document.querySelector(".save-state")?.dataset.state === name, wanted, { timeout }).catch(async () => {
    throw new Error(`the state is ${await state(page)}, not ${wanted}`);
  });
}

/** Everything is on the server. */
export async function saved(page) {
  // The state of the key that was just pressed comes with the next frame.
  await page.evaluate(() => new Promise(requestAnimationFrame));
  await becomes(page, "saved");
}

export function same(found, wanted, what) {
  if (!isDeepStrictEqual(found, wanted)) throw new Error(`${what} is ${JSON.stringify(found)}, not ${JSON.stringify(wanted)}`);
}

export function holds(condition, what) {
  if (!condition) throw new Error(what);
}
