// Runs Lighthouse in Chromium and prints, as JSON lines, the scores of each page and what it has against it.
// Usage: node lighthouse.mjs CHROMIUM MODULES_FOLDER BASE_URL < targets.json
// targets.json: [{"path": "/", "status": 200, "indexed": true, "sends": false}], as in browser.mjs.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";
import { sendForm } from "./form.mjs";

const [chromiumPath, modules, base] = process.argv.slice(2);
const require = createRequire(`${modules}/package.json`);
const load = (name) => import(pathToFileURL(require.resolve(name)));
const { default: puppeteer } = await load("puppeteer-core");
const { default: lighthouse, desktopConfig } = await load("lighthouse");

const LEAST = { performance: 98, accessibility: 100, "best-practices": 100, seo: 100 };
// Performance is an estimate from one load on a machine that has other work: the median of these many, when one is too low.
const RUNS = 3;
// The preset for phones looks at all; a wide screen can only change the speed.
const VIEWS = {
  mobile: { config: undefined, onlyCategories: Object.keys(LEAST) },
  desktop: { config: desktopConfig, onlyCategories: ["performance"] },
};
// What a page that search engines shall not have cannot pass.
const FOR_INDEXED = ["is-crawlable", "http-status-code"];

const args = ["--disable-gpu", "--disable-background-networking", ...(process.getuid() === 0 ? ["--no-sandbox"] : [])];
const browser = await puppeteer.launch({ executablePath: chromiumPath, headless: true, args });
const median = (numbers) => numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)];
let findings = 0;

async function run(target, { config, onlyCategories }) {
  const context = await browser.createBrowserContext();
  try {
    const page = await context.newPage();
    let start = base + target.path;
    if (target.sends) {
      await page.goto(start);
      start = () => sendForm(page, target.sends);
    }
    const skipAudits = target.indexed ? [] : FOR_INDEXED;
    const flags = { onlyCategories, skipAudits, logLevel: "error", ignoreStatusCode: true, disableStorageReset: true };
    const { lhr } = await lighthouse(start, flags, config, page);
    if (lhr.runtimeError) throw new Error(lhr.runtimeError.message);
    return lhr;
  } finally {
    await context.close();
  }
}

// The audits that cost the category points, the heaviest first.
function blamed(lhr, category) {
  return lhr.categories[category].auditRefs
    .filter(({ id, weight }) => weight > 0 && (lhr.audits[id].score ?? 1) < 0.9 + 0.1 * (category !== "performance"))
    .sort((a, b) => b.weight - a.weight)
    .map(({ id }) => {
      const { title, displayValue, details } = lhr.audits[id];
      const where = (details?.items ?? []).slice(0, 3).map((item) => item.node?.snippet ?? item.url ?? item.description).filter(Boolean);
      return [`${id}: ${title}`, displayValue, ...where].filter(Boolean).join("; ");
    });
}

for (const target of JSON.parse(readFileSync(0, "utf8"))) {
  for (const [view, options] of Object.entries(VIEWS)) {
    const scores = {};
    try {
      const reports = [await run(target, options)];
      const performance = () => median(reports.map((lhr) => Math.round(lhr.categories.performance.score * 100)));
      while (performance() < LEAST.performance && reports.length < RUNS) reports.push(await run(target, options));
      const lhr = reports.at(-1);
      for (const category of options.onlyCategories) {
        scores[category] = category === "performance" ? performance() : Math.round(lhr.categories[category].score * 100);
        if (scores[category] >= LEAST[category]) continue;
        findings += 1;
        const text = `${category} ${scores[category]}, not ${LEAST[category]}: ${blamed(lhr, category).join(" | ")}`;
        console.log(JSON.stringify({ path: target.path, view, text }));
      }
      console.log(JSON.stringify({ path: target.path, view, scores, runs: reports.length }));
    } catch (error) {
      findings += 1;
      console.log(JSON.stringify({ path: target.path, view, text: `not checked: ${error.message}` }));
    }
  }
}
await browser.close();
process.exitCode = findings === 0 ? 0 : 1;
