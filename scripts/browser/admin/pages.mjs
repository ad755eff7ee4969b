// What is done to pages from the tree: taken off the site with all below, mirrored by aliases, translated, searched.
import { holds, same, saved } from "./desk.mjs";

const row = (page, title) => page.locator(".list tbody tr", { has: page.locator(".title a", { hasText: new RegExp(`^${title}$`) }) });

async function listOf(page, desk, id) {
  await page.goto(`${desk.base}/admin/pages/${id}/`);
}

/** A draft below another page; its id. */
async function draft(page, desk, parent, title) {
  await page.goto(`${desk.base}/admin/pages/${parent}/add/standard.StandardPage/`);
  await page.fill("#title", title);
  await page.locator("form.narrow button.primary").click();
  await page.waitForSelector(".editor-form vt-field .field");
  return Number(/pages\/(\d+)\/edit/.exec(page.url())[1]);
}

async function publish(page) {
  await saved(page);
  await page.locator(".editor-tools .publish").click();
  await page.locator(".chip", { hasText: /^Live$/ }).first().waitFor();
}

/** A live section with a live page in it. */
async function section(page, desk, name) {
  const id = await draft(page, desk, desk.given.pages.other, name);
  await publish(page);
  const below = await draft(page, desk, id, `Below ${name}`);
  await publish(page);
  return { id, below };
}

const choose = async (page, title, words) => {
  await row(page, title).locator("summary").click();
  await row(page, title).locator(".menu a", { hasText: words }).click();
};

export const pageChecks = {
  "pages: a page is taken off the site with all below it, after a question": async (desk) => {
    const page = await desk.signIn("ann");
    const { id, below } = await section(page, desk, "Pier");
    await listOf(page, desk, desk.given.pages.other);
    await choose(page, "Pier", "Unpublish");
    holds((await page.locator("h1").textContent()).includes("Take Pier off the site?"), await page.locator("h1").textContent());
    await desk.shoot("unpublish", page);
    await page.getByLabel("And the page below that is live").check();
    await page.locator("button.danger").click();
    same(new URL(page.url()).pathname, `/admin/pages/${desk.given.pages.other}/`, "where one came from");
    same((await row(page, "Pier").locator(".chip").first().textContent()).trim(), "Draft", "the page's state");
    await listOf(page, desk, id);
    same((await row(page, "Below Pier").locator(".chip").first().textContent()).trim(), "Draft", "the state of what is below");
    await desk.edit(page, below);
    await publish(page);
    await page.locator(".editor-tools .menu summary").click();
    await page.locator(".editor-tools .menu button", { hasText: "Unpublish" }).click();
    await page.locator("button.danger").click();
    await page.waitForSelector(".editor-form vt-field .field");
    same((await page.locator(".editor-title .chip").textContent()).trim(), "Draft", "the state in the editor");
  },

  "pages: ticked pages are taken off the site after a question": async (desk) => {
    const page = await desk.signIn("ann");
    const { id } = await section(page, desk, "Mole");
    await listOf(page, desk, id);
    await row(page, "Below Mole").locator("input[name=ids]").check();
    await page.locator(".bulkbar button", { hasText: "Unpublish" }).click();
    const dialog = page.locator("dialog", { hasText: "Take the chosen pages off the site?" });
    await dialog.locator("button", { hasText: "Cancel" }).click();
    await listOf(page, desk, id);
    same((await row(page, "Below Mole").locator(".chip").first().textContent()).trim(), "Live", "after Cancel");
  },

  "pages: an alias says where its source is, and becomes a page of its own": async (desk) => {
    const page = await desk.signIn("ann");
    const { below } = await section(page, desk, "Quay");
    await page.goto(`${desk.base}/admin/pages/${below}/copy/`);
    await page.getByLabel("An alias: it always shows what the original shows").check();
    await desk.shoot("copy-as-alias", page);
    await page.locator("form.narrow button.primary").click();
    const alias = page.locator(".list tbody tr", { has: page.locator(".chip", { hasText: "Alias" }) });
    await alias.locator(".title a").click();
    same(await page.locator(".page a", { hasText: "Below Quay" }).first().getAttribute("href"), `/admin/pages/${below}/edit/`, "the source");
    await desk.shoot("alias", page);
    await page.locator("button", { hasText: "Make it a page of its own" }).click();
    await page.locator("dialog button", { hasText: "Make it a page of its own" }).click();
    await page.waitForSelector(".editor-form vt-field .field");
  },

  "pages: a page is translated, and its languages lead to each other": async (desk) => {
    const page = await desk.signIn("ann");
    const { below } = await section(page, desk, "Buoy");
    await page.goto(`${desk.base}/admin/pages/${below}/edit/`);
    await page.locator(".side a", { hasText: "Translate" }).click();
    await desk.shoot("translate", page);
    await page.locator("form.narrow button.primary").click();
    await page.waitForSelector(".editor-form vt-field .field");
    await page.locator(".side .links a", { hasText: /^In English/ }).first().click();
    await page.waitForSelector(".editor-form vt-field .field");
    same(new URL(page.url()).pathname, `/admin/pages/${below}/edit/`, "the way back");
  },

  "pages: words and filters narrow one list": async (desk) => {
    const page = await desk.signIn("ann");
    await section(page, desk, "Lighthouse");
    await listOf(page, desk, desk.given.pages.other);
    await page.locator(".filters summary").click();
    await page.selectOption("#f-status", "live");
    await page.locator(".filters button.primary").click();
    await page.fill("#q", "lighthouse");
    await page.keyboard.press("Enter");
    await page.waitForURL((url) => url.searchParams.get("q") === "lighthouse" && url.searchParams.get("status") === "live");
    same(await page.locator(".list .title a:not(.chip)").allTextContents(), ["Lighthouse", "Below Lighthouse"], "what is found, at any depth");
    await desk.shoot("explorer-search", page);
  },
};
