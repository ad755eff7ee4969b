// Every other screen: the tree and what is done from it, files, people, places and reports. Their forms are tested elsewhere;
// here they are looked at, in every light.
import { check } from "./screens.mjs";

const go = (path) => (page, desk) => page.goto(`${desk.base}${path}`);
const of = (name, part) => (page, desk) => page.goto(`${desk.base}/admin/pages/${desk.given.pages[name]}/${part}`);
const first = (path, selector) => async (page, desk) => {
  await page.goto(`${desk.base}${path}`);
  await page.locator(selector).first().click();
  await page.waitForLoadState();
};

const SCREENS = {
  explorer: go("/admin/pages/"),
  "explorer-below": (page) => first("/admin/pages/", ".list .title a")(page, { base: new URL(page.url()).origin }),
  "page-add": of("other", "add/"),
  "page-move": of("other", "move/"),
  "page-copy": of("other", "copy/"),
  "page-unpublish": of("other", "unpublish/"),
  "page-translate": of("other", "translate/"),
  "page-alias": async (page, desk) => {
    const aliases = page.locator(".list tr", { has: page.locator(".chip", { hasText: "Alias" }) });
    await page.goto(`${desk.base}/admin/pages/${desk.given.pages.post}/copy/`);
    const up = new URL(await page.locator("form.narrow a.button", { hasText: "Cancel" }).evaluate(({ href }) => href)).pathname;
    await page.goto(`${desk.base}${up}?status=alias`);
    if ((await aliases.count()) === 0) {
      await page.goto(`${desk.base}/admin/pages/${desk.given.pages.post}/copy/`);
      await page.locator("input[value=alias]").check();
      await page.locator("form.narrow button.primary").click();
      await page.goto(`${desk.base}${up}?status=alias`);
    }
    await aliases.first().locator(".title a").click();
    await page.locator("form[action$='convert-alias/']").waitFor();
  },
  "page-lock": of("other", "lock/"),
  "pages-locked": go("/admin/pages/locked/"),
  "page-new": go("/admin/pages/new/"),
  "page-new-type": first("/admin/pages/new/", ".cards a"),
  "page-delete": of("other", "delete/"),
  "page-privacy": of("other", "privacy/"),
  trash: go("/admin/trash/"),
  search: go("/admin/search/?q=tide"),
  images: go("/admin/images/"),
  "image-edit": first("/admin/images/", "main a[href^='/admin/images/']:not([href*='?'])"),
  documents: go("/admin/documents/"),
  account: go("/admin/account/"),
  tokens: go("/admin/account/tokens/"),
  "tokens-all": go("/admin/tokens/"),
  users: go("/admin/users/"),
  "user-add": go("/admin/users/add/"),
  "user-edit": first("/admin/users/", ".list .title a"),
  groups: go("/admin/groups/"),
  "group-page": async (page, desk) => {
    await page.goto(`${desk.base}/admin/groups/`);
    if ((await page.locator(".rows a", { hasText: "Writers" }).count()) === 0) {
      await page.fill("form.narrow [name=name]", "Writers");
      await page.locator("form.narrow button.primary").click();
    }
    await page.goto(`${desk.base}/admin/groups/`);
    await page.locator(".rows a", { hasText: "Writers" }).click();
  },
  collections: go("/admin/collections/"),
  "collection-edit": async (page, desk) => {
    await page.goto(`${desk.base}/admin/collections/`);
    if ((await page.locator(".list a", { hasText: "Press" }).count()) === 0) {
      await page.fill("form.narrow [name=name]", "Press");
      await page.locator("form.narrow button.primary").click();
    }
    await page.goto(`${desk.base}/admin/collections/`);
    await page.locator(".list a", { hasText: "Press" }).first().click();
    await page.waitForLoadState();
  },
  "collection-privacy": first("/admin/collections/", ".list tbody tr:last-child td a[href$='privacy/']"),
  sites: go("/admin/sites/"),
  "site-edit": first("/admin/sites/", ".rows a"),
  languages: go("/admin/locales/"),
  webhooks: go("/admin/webhooks/"),
  "webhook-add": go("/admin/webhooks/add/"),
  "webhook-edit": async (page, desk) => {
    await page.goto(`${desk.base}/admin/webhooks/`);
    if ((await page.locator(".rows a", { hasText: "Front end" }).count()) === 0) {
      await page.goto(`${desk.base}/admin/webhooks/add/`);
      await page.fill("form.narrow [name=name]", "Front end");
      await page.fill("form.narrow [name=url]", "https://hooks.example.org/vitrine");
      await page.check("form.narrow [name=which][value=all]");
      await page.locator("form.narrow button.primary").click();
      await page.locator("#secret").waitFor();
    }
    await page.goto(`${desk.base}/admin/webhooks/`);
    await page.locator(".rows a", { hasText: "Front end" }).first().click();
    await page.waitForLoadState();
  },
  "webhook-deliveries": first("/admin/webhooks/", ".rows a[href$='deliveries/']"),
  "report-history": go("/admin/reports/history/"),
  "report-security": go("/admin/reports/security/"),
  "report-aging": go("/admin/reports/aging/"),
  "report-types": go("/admin/reports/types/"),
  "report-searches": go("/admin/reports/searches/"),
  jobs: go("/admin/jobs/"),
  compare: async (page, desk) => {
    await page.goto(`${desk.base}/admin/pages/${desk.given.pages.post}/history/`);
    // Links of one sitting are folded.
    const link = page.locator("a[href*='/compare/']").first();
    if (await link.count()) await page.goto(await link.evaluate(({ href }) => href));
  },
  "compare-chosen": async (page, desk) => {
    await page.goto(`${desk.base}/admin/pages/${desk.given.pages.post}/history/`);
    await page.getByRole("button", { name: "Compare the chosen" }).click();
    await page.waitForURL(/\/compare\/\d+\/\d+\/$/);
  },
};

const view = (options) => (desk) => check(desk, { width: 1440, height: 900, colorScheme: "light", ...options }, SCREENS);

export const manageChecks = {
  "screens, manage: light on a desk": view({}),
  "screens, manage: dark on a desk": view({ colorScheme: "dark" }),
  "screens, manage: light on a phone": view({ width: 375, height: 812 }),
  "screens, manage: dark on a phone": view({ colorScheme: "dark", width: 375, height: 812 }),
  "screens, manage: forced colours": view({ forcedColors: "active" }),
  "screens, manage: from right to left": view({ isMirrored: true }),
  "screens, editor: forced colours": (desk) => check(desk, { width: 1440, height: 900, colorScheme: "dark", forcedColors: "active" }),
  "screens, editor: from right to left": (desk) => check(desk, { width: 1440, height: 900, colorScheme: "light", isMirrored: true }),
  "screens, editor: from right to left on a phone": (desk) => check(desk, { width: 375, height: 812, colorScheme: "light", isMirrored: true }),
};
