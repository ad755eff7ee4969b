// Runs the checks of the page editor in Chromium and prints one JSON line for each.
// Usage: node admin.mjs CHROMIUM MODULES_FOLDER BASE_URL < given.json; see scripts/check-admin for what is given.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { Desk } from "./admin/desk.mjs";
import { fieldChecks } from "./admin/fields.mjs";
import { blockChecks } from "./admin/blocks.mjs";
import { savingChecks } from "./admin/saving.mjs";
import { manyChecks } from "./admin/many.mjs";
import { objectChecks } from "./admin/objects.mjs";
import { siteChecks } from "./admin/site.mjs";
import { manageChecks } from "./admin/manage.mjs";
import { dialogChecks } from "./admin/dialogs.mjs";
import { passkeyChecks } from "./admin/passkeys.mjs";
import { pageChecks } from "./admin/pages.mjs";
import { peopleChecks } from "./admin/people.mjs";
import { recordChecks } from "./admin/records.mjs";
import { screenChecks } from "./admin/screens.mjs";
import { tabChecks } from "./admin/tabs.mjs";
import { workChecks } from "./admin/work.mjs";

const [chromiumPath, modules, base] = process.argv.slice(2);
const given = JSON.parse(readFileSync(0, "utf8"));
const require = createRequire(`${modules}/package.json`);
const { chromium } = require("playwright-core");
const axe = readFileSync(require.resolve("axe-core/axe.min.js"), "utf8");

const desk = new Desk({ chromium, chromiumPath, base, axe, given });
let failed = false;
for (const [name, check] of Object.entries({ ...fieldChecks, ...blockChecks, ...savingChecks, ...tabChecks, ...objectChecks, ...recordChecks, ...passkeyChecks, ...siteChecks, ...pageChecks, ...dialogChecks, ...workChecks, ...screenChecks, ...manageChecks, ...manyChecks, ...peopleChecks })) {
  if (!name.includes(given.only) || (given.leave && name.includes(given.leave)) || (check.needsSwitch && !given.switch)) continue;
  const began = performance.now();
  const line = { name, ok: true };
  try {
    line.said = (await check(desk)) ?? "";
    desk.assertQuiet();
  } catch (error) {
    line.ok = false;
    line.said = error.message;
    failed = true;
    await desk.shoot(`failed-${name.replace(/\W+/g, "-")}`);
  }
  await desk.clear();
  line.seconds = ((performance.now() - began) / 1000).toFixed(1);
  console.log(JSON.stringify(line));
}
await desk.end();
process.exitCode = failed ? 1 : 0;
