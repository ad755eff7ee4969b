// Opens every page in Chromium, light and dark, on a phone and on a desk, and prints what is wrong as JSON lines.
// Usage: node browser.mjs CHROMIUM MODULES_FOLDER BASE_URL < targets.json
// targets.json: [{"path": "/", "name": "/", "status": 200, "sends": null}]; `sends`: values of the page's form, by name, when
// the answer to it is what is checked.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { sendForm } from "./form.mjs";

const [chromiumPath, modules, base] = process.argv.slice(2);
const require = createRequire(`${modules}/package.json`);
const { chromium } = require("playwright-core");
const axe = readFileSync(require.resolve("axe-core/axe.min.js"), "utf8");

const VIEWS = [
  { colorScheme: "light", width: 1280, height: 800, axe: true },
  { colorScheme: "light", width: 390, height: 844, axe: false },
  { colorScheme: "dark", width: 1280, height: 800, axe: false },
  { colorScheme: "dark", width: 390, height: 844, axe: true },
];
// Chromium's sandbox does not work for root; the pages are our own.
const args = process.getuid() === 0 ? ["--no-sandbox"] : [];

const browser = await chromium.launch({ executablePath: chromiumPath, args });
const pages = JSON.parse(readFileSync(0, "utf8"));
let loads = 0;
let findings = 0;

function report(view, name, text) {
  findings += 1;
  console.log(JSON.stringify({ name, view: `${view.colorScheme} ${view.width}`, text }));
}

async function check(view, page, { path, name, status, sends }) {
  const say = (text) => report(view, name, text);
  // Chromium complains about the document of an error page itself; that status is what we expect.
  const own = (url) => url === base + path;
  const listeners = {
    console: (message) => {
      const expected = own(message.location().url) && message.text().includes(`status of ${status}`);
      if (["error", "warning"].includes(message.type()) && !expected) say(`console: ${message.text()}`);
    },
    pageerror: (error) => say(`script error: ${error.message}`),
    request: (request) => {
      const url = new URL(request.url());
      if (url.protocol !== "data:" && url.origin !== base) say(`external request: ${request.url()}`);
    },
    requestfailed: (request) => {
      const reason = request.failure()?.errorText;
      // The next page was opened while a picture below the fold was on its way.
      if (reason !== "net::ERR_ABORTED") say(`request failed: ${request.url()} ${reason}`);
    },
    response: (response) => {
      if (response.status() >= 400 && !own(response.url())) say(`${response.status()} for ${response.url()}`);
    },
  };
  for (const [event, listener] of Object.entries(listeners)) page.on(event, listener);
  try {
    let response = await page.goto(base + path, { waitUntil: "load", timeout: 20_000 });
    if (sends) response = await sendForm(page, sends);
    loads += 1;
    // Fonts and what scripts do on load come before the next frame is drawn; waiting for silence costs half a second.
    await page.evaluate(() => document.fonts.ready.then(() => new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn)))));
    if (response.status() !== status) say(`status ${response.status()}, not ${status}`);
    const width = await page.evaluate(() => [document.documentElement.scrollWidth, document.documentElement.clientWidth]);
    if (width[0] > width[1]) say(`scrolls sideways: ${width[0]} px wide in ${width[1]}`);
    if (view.axe) {
      await page.evaluate(axe);
      const { violations } = await page.evaluate(() => window.axe.run({ resultTypes: ["violations"] }));
      for (const violation of violations) {
        const [first] = violation.nodes;
        say(`axe ${violation.id} (${violation.impact}), ${violation.nodes.length} times: ${violation.help}: ${first.html.slice(0, 200)} ${first.failureSummary}`);
      }
    }
  } catch (error) {
    say(`not checked: ${error.message}`);
  } finally {
    for (const [event, listener] of Object.entries(listeners)) page.off(event, listener);
  }
}

for (const view of VIEWS) {
  const { colorScheme, width, height } = view;
  // Animations off: contrast of half-faded text is nobody's fault.
  const context = await browser.newContext({ colorScheme, viewport: { width, height }, reducedMotion: "reduce" });
  const page = await context.newPage();
  for (const target of pages) await check(view, page, target);
  await context.close();
}
await browser.close();
console.log(JSON.stringify({ loads, findings }));
process.exitCode = findings === 0 && loads > 0 ? 0 : 1;
