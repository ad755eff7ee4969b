// Runs Lighthouse in Chromium and prints, as JSON lines, the scores of each page and what it has against it.
// Usage: node lighthouse.mjs CHROMIUM MODULES_FOLDER BASE_URL REPORTS_FOLDER < targets.json
// targets.json: as for browser.mjs, with "indexed": whether search engines may have the page.
import { readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";
import { sendForm } from "./form.mjs";

const [chromiumPath, modules, base, reports] = process.argv.slice(2);
const require = createRequire(`${modules}/package.json`);
const load = (name) => import(pathToFileURL(require.resolve(name)));
const { default: puppeteer } = await load("puppeteer-core");
const { default: lighthouse, desktopConfig, generateReport } = await load("lighthouse");

const LEAST = { performance: 98, accessibility: 100, "best-practices": 100, seo: 100 };
// Speed is estimated from a load on a machine that has other work, which only takes points away: of a page that seems too
// slow, the best of these many counts.
const SPEED_RUNS = 5;
// The preset for phones looks at everything; on a wide screen only the speed differs.
const VIEWS = {
  mobile: { config: undefined, categories: Object.keys(LEAST) },
  desktop: { config: desktopConfig, categories: ["performance"] },
};

const args = ["--disable-gpu", "--disable-background-networking", ...(process.getuid() === 0 ? ["--no-sandbox"] : [])];
const browser = await puppeteer.launch({ executablePath: chromiumPath, headless: true, args });
let findings = 0;

// What does not apply: an error is not for search engines, and Chromium's console names its status.
function expectations({ status, indexed }, categories) {
  return {
    onlyCategories: categories.filter((category) => category !== "seo" || status < 400),
    skipAudits: [...(indexed ? [] : ["is-crawlable"]), ...(status < 400 ? [] : ["errors-in-console"])],
  };
}

async function run(target, { config, categories }) {
  const context = await browser.createBrowserContext();
  try {
    const page = await context.newPage();
    let start = base + target.path;
    if (target.sends) {
      await page.goto(start, { waitUntil: "load" });
      start = () => sendForm(page, target.sends);
    }
    const flags = { ...expectations(target, categories), logLevel: "silent", ignoreStatusCode: true, disableStorageReset: true };
    const { lhr } = await lighthouse(start, flags, config, page);
    if (lhr.runtimeError) throw new Error(lhr.runtimeError.message);
    return lhr;
  } finally {
    await context.close();
  }
}

// Now and then a load is not recorded; the second attempt counts.
const attempt = (target, options) => run(target, options).catch(() => run(target, options));
const score = (lhr, category) => Math.round(lhr.categories[category].score * 100);

// The reports, the fastest first.
async function measure(target, options) {
  const lhrs = [];
  do lhrs.unshift(await attempt(target, options));
  while (score(lhrs[0], "performance") < LEAST.performance && lhrs.length < SPEED_RUNS);
  return lhrs.sort((a, b) => score(b, "performance") - score(a, "performance"));
}

// The audits that cost a category points, the heaviest first, with the first places.
function blamed(lhr, category) {
  const place = ({ node, url, source, description }) => node?.snippet ?? url ?? source?.url ?? description;
  return lhr.categories[category].auditRefs
    .filter(({ id, weight }) => weight > 0 && (lhr.audits[id].score ?? 1) < (category === "performance" ? 0.9 : 1))
    .sort((a, b) => b.weight - a.weight)
    .map(({ id }) => {
      const { title, displayValue, details } = lhr.audits[id];
      const places = (details?.items ?? []).slice(0, 3).map(place);
      return `\n    ${[`${id}: ${title}`, displayValue, ...places].filter(Boolean).join("; ")}`;
    });
}

function judge({ name }, view, lhr) {
  const scores = {};
  for (const category of Object.keys(lhr.categories)) {
    scores[category] = score(lhr, category);
    if (scores[category] >= LEAST[category]) continue;
    findings += 1;
    const text = `${category} ${scores[category]}, not ${LEAST[category]}${blamed(lhr, category).join("")}`;
    const file = `${reports}/${name.replace(/[^a-z0-9]+/g, "_")}-${view}.html`;
    writeFileSync(file, generateReport(lhr, "html"));
    console.log(JSON.stringify({ name, view, text: `${text}\n    ${file}` }));
  }
  return scores;
}

for (const target of JSON.parse(readFileSync(0, "utf8"))) {
  for (const [view, options] of Object.entries(VIEWS)) {
    const { name } = target;
    try {
      const lhrs = await measure(target, options);
      console.log(JSON.stringify({ name, view, scores: judge(target, view, lhrs[0]), runs: lhrs.length }));
    } catch (error) {
      findings += 1;
      console.log(JSON.stringify({ name, view, text: `not checked: ${error.message}` }));
    }
  }
}
await browser.close();
process.exitCode = findings === 0 ? 0 : 1;
