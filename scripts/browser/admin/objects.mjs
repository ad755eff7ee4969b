// Snippets, settings, redirects and tags: the form that edits pages edits these too, and nobody is written over.
import { becomes, control, holds, same, state } from "./desk.mjs";
import { check } from "./screens.mjs";

const AUTHORS = "/admin/snippets/blog.Author/";

async function form(page, url) {
  await page.goto(url);
  await page.waitForSelector(".editor-form vt-field .field");
}

async function type(page, name, text) {
  const input = await control(page, name, "input, textarea");
  await input.fill(text);
}

const save = (page) => page.locator(".editor-tools button", { hasText: "Save" }).click();

async function addAuthor(page, desk, name) {
  await form(page, `${desk.base}${AUTHORS}add/`);
  await type(page, "name", name);
  await type(page, "role", "Guest");
  await save(page);
  await page.waitForURL(/blog\.Author\/\d+\/$/);
  await page.waitForSelector(".editor-form vt-field .field");
}

const SCREENS = {
  "snippet-types": (page, desk) => page.goto(`${desk.base}/admin/snippets/`),
  "snippet-list": (page, desk) => page.goto(`${desk.base}${AUTHORS}`),
  "snippet-form": async (page, desk) => {
    await page.goto(`${desk.base}${AUTHORS}`);
    await page.locator(".list .title a").first().click();
    await page.waitForSelector(".editor-form vt-field .field");
  },
  "snippet-new": (page, desk) => form(page, `${desk.base}${AUTHORS}add/`),
  "snippet-usage": async (page, desk) => {
    await page.goto(`${desk.base}${AUTHORS}`);
    await page.locator(".list .number a").first().click();
    await page.locator("h1", { hasText: "is used" }).waitFor();
  },
  "snippet-history": async (page) => page.goto(page.url().replace("/delete/", "/history/")),
  "settings-list": (page, desk) => page.goto(`${desk.base}/admin/settings/`),
  "settings-form": (page, desk) => form(page, `${desk.base}/admin/settings/site.SiteSettings/`),
  "settings-history": (page) => page.goto(`${page.url()}history/`),
  "redirect-add": (page, desk) => page.goto(`${desk.base}/admin/redirects/add/`),
  "redirect-list": (page, desk) => page.goto(`${desk.base}/admin/redirects/`),
  "redirect-edit": (page) => page.locator(".list .title a").first().click(),
  "redirect-table": (page, desk) => page.goto(`${desk.base}/admin/redirects/import/`),
  "redirect-import": async (page, desk) => {
    await page.goto(`${desk.base}/admin/redirects/import/`);
    const table = Buffer.from("from,to\n/fine-here/,/about/\n/no-target/,\n/bad-one/,mailto:x\n");
    await page.setInputFiles("#file", { name: "a.csv", mimeType: "text/csv", buffer: table });
    await page.locator("form[enctype] button[type=submit]").click();
    await page.locator("#preview").waitFor();
    await page.locator("button[value=try]").click();
    await page.locator("#outcome").waitFor();
  },
  "tag-list": (page, desk) => page.goto(`${desk.base}/admin/tags/`),
  "tag-form": (page) => page.locator(".rows a").first().click(),
};

async function screens(desk, view) {
  const page = await desk.signIn("ann");
  await page.goto(`${desk.base}/admin/redirects/add/`);
  await page.fill("#from", "/a-very-long-old-address/with-many-parts/that-somebody-printed-on-a-poster/");
  await page.fill("#to", "/about/");
  await page.locator("form.narrow button.primary").click();
  return check(desk, view, SCREENS);
}

export const objectChecks = {
  "objects: a snippet is made and changed when it is saved, not before": async (desk) => {
    const page = await desk.signIn("ann");
    await addAuthor(page, desk, "Ada Quill");
    same(await page.locator(".editor-title h1").textContent(), "Ada Quill", "the heading");
    same(await page.locator("#tab-promote, .tool-preview").count(), 0, "tabs and previews");
    await type(page, "role", "Keeper of lamps");
    await becomes(page, "unsaved");
    await page.waitForTimeout(1500);
    same(await state(page), "unsaved", "the state without saving");
    await page.keyboard.press("Control+s");
    await becomes(page, "saved");
    await page.reload();
    await page.waitForSelector(".editor-form vt-field .field");
    same(await (await control(page, "role", "input")).inputValue(), "Keeper of lamps", "the role");
    await type(page, "name", "");
    await save(page);
    await becomes(page, "invalid");
    holds((await page.locator("vt-field .problem").first().textContent()).includes("one"), "the field does not say what is wrong");
  },

  "objects: two people never write over each other": async (desk) => {
    const ann = await desk.signIn("ann");
    await addAuthor(ann, desk, "Bea Wren");
    const url = ann.url();
    const bob = await desk.signIn("bob");
    await form(bob, url);
    await type(ann, "role", "First");
    await save(ann);
    await becomes(ann, "saved");
    await type(bob, "role", "Second");
    await save(bob);
    await becomes(bob, "conflict");
    const dialog = bob.locator("dialog");
    holds((await dialog.textContent()).includes("Ann"), "it does not say who saved");
    await desk.shoot("snippet-conflict", bob);
    await dialog.locator("button.primary").click();
    await becomes(bob, "saved");
    await ann.reload();
    await ann.waitForSelector(".editor-form vt-field .field");
    same(await (await control(ann, "role", "input")).inputValue(), "Second", "what was kept on purpose");
  },

  "objects: what was typed survives a closed tab": async (desk) => {
    const page = await desk.signIn("ann");
    await addAuthor(page, desk, "Cleo Marsh");
    const url = page.url();
    await type(page, "role", "Not saved");
    await becomes(page, "unsaved");
    await page.waitForTimeout(500);
    const next = await page.context().newPage();
    desk.watch(next);
    await page.close();
    await form(next, url);
    await next.locator(".banner button", { hasText: "Restore" }).click();
    same(await (await control(next, "role", "input")).inputValue(), "Not saved", "what was restored");
  },

  "objects: settings show at once": async (desk) => {
    const page = await desk.signIn("ann");
    await form(page, `${desk.base}/admin/settings/site.SiteSettings/`);
    await type(page, "footer_text", "Made by lamplight.");
    await save(page);
    await becomes(page, "saved");
    const site = await page.evaluate(async (url) => (await fetch(url)).text(), `${desk.base}/about/`);
    holds(site.includes("Made by lamplight."), "the site does not show it");
  },

  "screens, objects: light on a desk": (desk) => screens(desk, { colorScheme: "light", width: 1440, height: 900 }),
  "screens, objects: dark on a desk": (desk) => screens(desk, { colorScheme: "dark", width: 1440, height: 900 }),
  "screens, objects: light on a phone": (desk) => screens(desk, { colorScheme: "light", width: 375, height: 812 }),
  "screens, objects: dark on a phone": (desk) => screens(desk, { colorScheme: "dark", width: 375, height: 812 }),
};
