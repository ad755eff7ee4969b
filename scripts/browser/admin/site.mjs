// What editors get beside the form: checks of the content, what the draft weighs, and the bar on the site itself.
import { control, holds, same, saved } from "./desk.mjs";

const frameOf = async (page) => (await page.waitForSelector(".preview iframe")).contentFrame();

/** The names of the rules that the panel shows something about, as its texts. */
const findings = (page) => page.locator(".checks .findings > li > p").allTextContents();

async function showChecks(page) {
  await page.locator(".tool-preview").click();
  await (await frameOf(page)).waitForSelector("h1");
  await page.locator(".preview header button", { hasText: "Checks" }).click();
  await page.locator(".checks .findings").waitFor({ timeout: 15_000 });
}

export const siteChecks = {
  "site: the preview's content is checked while somebody writes": async (desk) => {
    const page = await desk.open("every");
    await showChecks(page);
    const before = await findings(page);
    const raw = await control(page, "a_raw_html", "textarea");
    await raw.fill('<h2></h2><p><img src="/static/x.png" alt="IMG_0042.jpg"></p><h5>Deep</h5>');
    await page.locator(".checks li", { hasText: "file name" }).waitFor({ timeout: 15_000 });
    const now = await findings(page);
    for (const words of ["A heading is empty", "file name", "levels are skipped"]) {
      holds(now.some((text) => text.includes(words)) && !before.some((text) => text.includes(words)), `nothing about: ${words} (${now})`);
    }
    await page.locator(".checks li", { hasText: "file name" }).locator("button").click();
    same(await (await frameOf(page)).evaluate(() => document.querySelector("img[alt='IMG_0042.jpg']").style.outlineStyle), "solid", "the line around it");
    await desk.shoot("checks", page);
    await raw.fill("");
    await page.waitForFunction(() => !document.querySelector(".checks")?.textContent.includes("file name"), null, { timeout: 15_000 });
    await saved(page);
  },

  "site: the weight of the draft is told": async (desk) => {
    const page = await desk.open("post");
    const weight = page.locator(".side dl > div", { hasText: "Weight" });
    await weight.waitFor({ timeout: 15_000 });
    holds(/\d+ (kB|MB)/.test(await weight.textContent()), await weight.textContent());
  },

  "site: only editors have the bar, and it tells what may be done": async (desk) => {
    const page = await desk.signIn("ann");
    await page.goto(`${desk.base}/admin/`);
    await page.goto(`${desk.base}/about/`);
    const bar = page.locator("vitrine-userbar");
    const knob = bar.locator(".knob");
    await knob.click();
    same(await knob.getAttribute("aria-expanded"), "true", "the state of the bar");
    same(await bar.locator(".links a").allTextContents(), ["Edit this page", "Add a page below", "History", "Where it is in the tree"], "the links");
    await bar.locator("button", { hasText: "Check this page" }).click();
    await bar.locator("[role=status] > *", { hasNotText: "Checking" }).waitFor({ timeout: 15_000 });
    await desk.shoot("userbar", page);
    await page.evaluate(desk.axe);
    const { violations } = await page.evaluate(() => axe.run("vitrine-userbar", { resultTypes: ["violations"] }));
    same(violations.map(({ id }) => id), [], "what axe finds in the bar");
    await page.keyboard.press("Escape");
    same(await bar.locator(".panel").isVisible(), false, "the panel after Escape");
    await knob.click();
    await bar.locator("a", { hasText: "Edit this page" }).click();
    await page.waitForSelector(".editor-form vt-field .field");

    const context = await (await desk.launch()).newContext();
    desk.contexts.push(context);
    const visitor = await context.newPage();
    desk.watch(visitor);
    await visitor.goto(`${desk.base}/about/`);
    same(await visitor.locator("vitrine-userbar, script[data-vitrine-page]").count(), 0, "bars for a visitor");
  },
};
