// People: the door with its lock and its second step, users and what their groups let them do, sites and languages. And the
// screens that no other check looks at; at the end, each page of the editor was looked at.
import { holds, same } from "./desk.mjs";
import { totp } from "./saving.mjs";
import { check } from "./screens.mjs";

/** Wrong passwords after which a name is locked: the default of `accounts.lock_after`. */
const LOCK_AFTER = 10;
/** What answers with data, files or the site itself, leads on, or takes the token of a mail. */
const NO_SCREENS = [/^\/admin\/reports\/$/, /^\/admin\/settings\/\{type\}\/$/, /^\/admin\/choose\//, /\/(figures|weight|userbar|published|live|preview|compare)\/$/, /^\/admin$/, /\/export(\/|\.csv|\.xlsx|\.jsonl)$/, /\{(token|name)\}$/];

/** A page of somebody who is not signed in. */
async function stranger(desk) {
  const context = await (await desk.launch()).newContext({ viewport: { width: 1440, height: 900 }, reducedMotion: "reduce" });
  context.setDefaultTimeout(10_000);
  desk.contexts.push(context);
  const page = await context.newPage();
  desk.watch(page);
  desk.page = page;
  return page;
}

async function knock(page, desk, name, password) {
  if (!page.url().includes("/admin/login/")) await page.goto(`${desk.base}/admin/login/`);
  await page.fill("[name=username]", name);
  await page.fill("[name=password]", password);
  await Promise.all([page.waitForNavigation(), page.click("main button[type=submit]")]);
}

const agree = (page, words) => page.locator("dialog button", { hasText: words }).click();
const said = async (page) => (await page.locator("[role=alert]").first().innerText()).trim();

async function axe(desk, page, name) {
  await desk.shoot(name, page);
  await page.evaluate(desk.axe);
  const { violations } = await page.evaluate(() => globalThis.axe.run({ resultTypes: ["violations"] }));
  const found = violations.filter(({ impact }) => ["serious", "critical"].includes(impact)).map(({ id, nodes }) => `${id}: ${nodes[0].html}`);
  holds(found.length === 0, `${name}: ${found.join("; ")}`);
}

async function locked(desk) {
  const page = await stranger(desk);
  let words = "";
  for (let attempt = 0; attempt < LOCK_AFTER; attempt += 1) {
    await knock(page, desk, "cara", `not hers ${attempt}`);
    words = await said(page);
    same(await page.inputValue("[name=username]"), "cara", "the name that was typed");
    same(await page.inputValue("[name=password]"), "", "the password that was typed");
  }
  const focused = await page.evaluate(() => document.activeElement.name);
  same(focused, "password", "the field with the focus");
  await knock(page, desk, "cara", desk.given.password);
  holds((await said(page)).includes("too many attempts"), `the right password is answered with: ${await said(page)}; a wrong one with: ${words}`);
  await axe(desk, page, "login-locked");
}

async function secondStep(desk) {
  const page = await stranger(desk);
  await knock(page, desk, "dora", desk.given.password);
  await page.goto(`${desk.base}/admin/account/`);
  await page.locator("section[aria-labelledby=step-title] [name=current]").fill(desk.given.password);
  await page.locator("section[aria-labelledby=step-title] button[type=submit]").click();
  await axe(desk, page, "two-step-begun");
  const secret = (await page.locator("main code").first().innerText()).replaceAll(" ", "");
  await page.fill("[name=code]", totp(secret, 0));
  await page.locator("main form button[type=submit]").first().click();
  const recovery = await page.locator("li code").allInnerTexts();
  await axe(desk, page, "recovery-codes");
  await page.context().clearCookies();
  await page.goto(`${desk.base}/admin/login/?next=/admin/account/`);
  await knock(page, desk, "dora", desk.given.password);
  await page.locator("h1", { hasText: "Second step" }).waitFor();
  await page.fill("#code", "000000");
  await page.click("main button[type=submit]");
  holds((await said(page)).includes("not right"), `a wrong code is answered with: ${await said(page)}`);
  await axe(desk, page, "login-code");
  await page.fill("#code", recovery[0]);
  await page.click("main button[type=submit]");
  await page.waitForURL(/\/admin\/account\/$/);
}

async function tokens(desk) {
  const page = await desk.signIn();
  await page.goto(`${desk.base}/admin/account/tokens/`);
  await page.fill("#name", "nightly import");
  await page.check("[name=scopes][value=publish]");
  await page.fill("#current", "not mine");
  await page.locator("form.card button[type=submit]").click();
  same(await page.getAttribute("#current", "aria-invalid"), "true", "the field of a wrong password");
  same(await page.inputValue("#name"), "nightly import", "what was typed");
  await page.fill("#current", desk.given.password);
  await page.locator("form.card button[type=submit]").click();
  const token = await page.inputValue("#token");
  await axe(desk, page, "token-made");
  await page.locator("[data-copy]").click();
  await page.locator("[data-copied]", { hasText: "Copied" }).waitFor();
  same(await page.evaluate(() => navigator.clipboard.readText()), token, "what was copied");
  const call = () => page.evaluate(async (token) => (await fetch("/api/v1/whoami", { headers: { authorization: `Bearer ${token}` } })).status, token);
  same(await call(), 200, "the answer to the token");
  await page.goto(`${desk.base}/admin/account/tokens/`);
  await axe(desk, page, "tokens-listed");
  holds(!(await page.content()).includes(token), "the token is shown again");
  await page.locator(".rows button", { hasText: "Revoke" }).first().click();
  await page.locator("dialog button.danger").click();
  await page.locator(".chip", { hasText: "Revoked" }).first().waitFor();
  same(await call(), 401, "the answer to a revoked token");
}

async function rights(desk) {
  const ann = await desk.signIn();
  await ann.goto(`${desk.base}/admin/users/add/`);
  await ann.fill("#username", "erin");
  await ann.fill("#name", "Erin Vale");
  await ann.check("[name=by][value=typed]");
  await ann.fill("#password", "short");
  await ann.locator("form.narrow button.primary").click();
  same(await ann.getAttribute("#password", "aria-invalid"), "true", "the field of a password that is too short");
  same(await ann.inputValue("#name"), "Erin Vale", "what was typed");
  await ann.fill("#password", desk.given.password);
  await ann.locator("form.narrow button.primary").click();
  await ann.locator("h1", { hasText: "Erin Vale" }).waitFor();
  const user = ann.url().split("?")[0];

  await ann.goto(`${desk.base}/admin/groups/`);
  await ann.fill("form.narrow [name=name]", "Harbour");
  await ann.locator("form.narrow button.primary").click();
  await ann.goto(`${desk.base}/admin/groups/`);
  await ann.locator(".rows a", { hasText: "Harbour" }).click();
  const group = ann.url().split("?")[0];
  await ann.goto(`${group}pages/?to=${desk.given.pages.other}`);
  await ann.check("[name=permission][value=edit]");
  await ann.locator("form.narrow button.primary").click();
  await ann.goto(group);
  await ann.fill("#username", "erin");
  await ann.locator("button", { hasText: "Put into the group" }).click();
  await ann.locator("section[aria-labelledby=members] a", { hasText: "Erin Vale" }).waitFor();

  const erin = await stranger(desk);
  await knock(erin, desk, "erin", desk.given.password);
  await desk.edit(erin, desk.given.pages.other);
  same(await erin.locator("button.publish").count(), 0, "buttons that publish, for who may not");
  const refused = await erin.goto(`${desk.base}/admin/pages/${desk.given.pages.post}/edit/`);
  same(refused.status(), 403, "a page beside what the group has");
  await axe(desk, erin, "may-not");

  await ann.goto(user);
  await ann.locator("section[aria-labelledby=sessions] button", { hasText: "End all" }).click();
  await agree(ann, "End all");
  await ann.locator("section[aria-labelledby=sessions]", { hasText: "Not signed in anywhere" }).waitFor();
  await erin.goto(`${desk.base}/admin/pages/`);
  holds(erin.url().includes("/admin/login/"), `an ended session is at ${erin.url()}`);
}

async function sites(desk) {
  const page = await desk.signIn();
  await page.goto(`${desk.base}/admin/sites/add/`);
  await page.fill("#name", "Chandlery");
  await page.fill("#hostname", "http://shop.example.org");
  await page.fill("#port", "443");
  await page.locator("form.narrow button.primary").click();
  same(await page.getAttribute("#hostname", "aria-invalid"), "true", "the field of a wrong host name");
  holds((await page.locator("#hostname-note").innerText()).includes("host name"), "the field does not say what is wrong");
  same(await page.inputValue("#name"), "Chandlery", "what was typed");
  await page.fill("#hostname", "shop.example.org");
  await page.locator("form.narrow button.primary").click();
  await page.locator(".rows a", { hasText: "Chandlery" }).click();
  await page.fill("#word", "shop.example");
  await page.locator("button.danger").click();
  same(await page.getAttribute("#word", "aria-invalid"), "true", "the field of the name typed wrongly");
  await page.fill("#word", "shop.example.org");
  await page.locator("button.danger").click();
  await page.waitForURL(/\/admin\/sites\/$/);
  same(await page.locator(".rows a", { hasText: "Chandlery" }).count(), 0, "the site after it was deleted");
}

async function languages(desk) {
  const page = await desk.signIn();
  await page.goto(`${desk.base}/admin/locales/`);
  await page.fill("#code", "english");
  await page.locator("form.narrow button.primary").click();
  same([await page.getAttribute("#code", "aria-invalid"), await page.inputValue("#code")], ["true", "english"], "the field of a wrong code");
  await page.fill("#code", "pt-br");
  await page.locator("form.narrow button.primary").click();
  const row = page.locator(".rows li", { hasText: "pt-BR" });
  await row.locator("button.bad").click();
  await agree(page, "Delete");
  await row.waitFor({ state: "detached" });
}

async function picture(desk) {
  const page = await desk.signIn();
  await page.goto(`${desk.base}/admin/account/`);
  const send = async (name, mimeType, buffer) => {
    await page.setInputFiles("#picture-file", { name, mimeType, buffer });
    await Promise.all([page.waitForNavigation(), page.locator("section[aria-labelledby=picture] button", { hasText: "Use this picture" }).click()]);
  };
  await send("me.png", "image/png", Buffer.from("<script>alert(1)</script>"));
  same(await page.getAttribute("#picture-file", "aria-invalid"), "true", "the field of what is no picture");
  holds((await page.locator("#picture-note").innerText()).includes("not an image"), "the field does not say what is wrong");
  const drawn = await page.evaluate(() => {
    const canvas = Object.assign(document.createElement("canvas"), { width: 320, height: 200 });
    const pen = canvas.getContext("2d");
    pen.fillStyle = "#2a7f62";
    pen.fillRect(0, 0, 320, 200);
    return canvas.toDataURL("image/png").split(",")[1];
  });
  await send("me.png", "image/png", Buffer.from(drawn, "base64"));
  await page.locator("[role=status]", { hasText: "The picture is yours now." }).waitFor();
  const shown = page.locator("header img.face");
  same(await shown.evaluate((image) => image.complete && image.naturalWidth), 192, "the width of the picture in the bar");
  await axe(desk, page, "account-picture");
  await page.goto(`${desk.base}/admin/users/`);
  await axe(desk, page, "users-with-a-picture");
  await page.goto(`${desk.base}/admin/account/`);
  await page.locator("button", { hasText: "Remove the picture" }).click();
  await page.locator("[role=status]", { hasText: "The picture is removed." }).waitFor();
  same(await shown.count(), 0, "pictures after it was removed");
}

async function mails(desk) {
  const page = await desk.signIn();
  await page.goto(`${desk.base}/admin/account/`);
  const section = page.locator("section[aria-labelledby=mail]");
  const edits = section.locator("[value=edits]");
  same(await edits.isChecked(), false, "mails about edits, before anything was chosen");
  await edits.check();
  await section.locator("button").click();
  await section.locator("[role=status]").waitFor();
  same([await edits.isChecked(), await section.locator("[value=pages]").isChecked()], [true, true], "what was chosen");
  await edits.uncheck();
  await section.locator("button").click();
}

async function whoDidIt(desk) {
  const page = await desk.signIn();
  await page.goto(`${desk.base}/admin/reports/history/`);
  await page.locator("details.filters summary").click();
  await page.fill("#f-who", "a");
  await page.locator("details.filters button.primary").click();
  await page.locator("#f-who-note[role=alert]", { hasText: "Whom do you mean?" }).waitFor();
  await axe(desk, page, "history-whom");
  await page.locator("ul.rows a").first().click();
  await page.waitForURL(/user=\d+/);
  holds((await page.inputValue("#f-who")).length > 0, "whose entries are listed is in the field");
  await page.selectOption("#f-channel", "scheduler");
  await page.locator("details.filters button.primary").click();
  await page.waitForURL(/channel=scheduler/);
  await page.fill("#f-who", "nobody at all");
  await page.locator("details.filters button.primary").click();
  await page.locator("#f-who-note[role=alert]", { hasText: "Nobody is called so." }).waitFor();
}

const go = (path) => (page, desk) => page.goto(`${desk.base}${path}`);
/** The first link of a list that leads to one of its things, and what is below that. */
const one = (list, pattern, rest = "") => async (page, desk) => {
  await page.goto(`${desk.base}${list}`);
  const found = await page.locator("main a").evaluateAll((links, source) => links.map(({ pathname }) => pathname).find((path) => new RegExp(source).test(path)), pattern);
  holds(found, `${list} has no link like ${pattern}`);
  await page.goto(`${desk.base}${found}${rest}`);
};
const two = ({ other, post }) => `${other}.${post}`;

const SCREENS = {
  "page-name": (page, desk) => page.goto(`${desk.base}/admin/pages/${desk.given.pages.other}/add/standard.StandardPage/`),
  "pages-move": (page, desk) => page.goto(`${desk.base}/admin/pages/move/?ids=${two(desk.given.pages)}`),
  "pages-delete": (page, desk) => page.goto(`${desk.base}/admin/pages/delete/?ids=${two(desk.given.pages)}`),
  "image-delete": one("/admin/images/", "^/admin/images/\\d+/$", "delete/"),
  "document-edit": one("/admin/documents/", "^/admin/documents/\\d+/$"),
  "document-delete": one("/admin/documents/", "^/admin/documents/\\d+/$", "delete/"),
  "group-pages": one("/admin/groups/", "^/admin/groups/\\d+/$", "pages/"),
  "group-collections": one("/admin/groups/", "^/admin/groups/\\d+/$", "collections/"),
  "site-add": go("/admin/sites/add/"),
  "two-step-set-up": async (page, desk) => {
    await page.goto(`${desk.base}/admin/account/`);
    await page.locator("section[aria-labelledby=step-title] [name=current]").fill(desk.given.password);
    await page.locator("section[aria-labelledby=step-title] button[type=submit]").click();
    await page.locator("img.qr").waitFor();
  },
  "not-found": async (page, desk) => page.goto(`${desk.base}/admin/pages/987654/`),
  // From here on nobody is signed in.
  login: async (page, desk) => {
    await page.context().clearCookies();
    await page.goto(`${desk.base}/admin/login/`);
  },
  "login-refused": (page, desk) => knock(page, desk, "nobody", "not a password"),
  reset: go("/admin/reset/"),
  "reset-asked": async (page) => {
    await page.fill("#name", "nobody");
    await page.click("main button[type=submit]");
    await page.locator("[role=status]").waitFor();
  },
  "reset-too-late": go("/admin/reset/no-such-token"),
  "welcome-too-late": go("/admin/welcome/no-such-token"),
};
const screens = (desk, view) => check(desk, view, SCREENS);

/** The paths of a template such as /admin/pages/{id}/edit/. */
const paths = (template) => new RegExp(`^${template.split("/").map((part) => (part.startsWith("{") ? "[^/]+" : part.replaceAll(".", "\\."))).join("/")}$`);

export const peopleChecks = {
  "people: a name is locked after too many wrong passwords, for the right one too": locked,
  "people: the second step is asked for at the door": secondStep,
  "people: a token is made, copied, used and revoked": tokens,
  "people: a user gets as far as a group lets them, until their sessions are ended": rights,
  "people: a picture is put up and removed, with mistakes at its field": picture,
  "people: mails are chosen": mails,
  "people: the history is narrowed to somebody, and to programs": whoDidIt,
  "people: a site is added and deleted, with mistakes at their fields": sites,
  "people: a language is added and deleted, with mistakes at their fields": languages,
  "screens, people: light on a desk": (desk) => screens(desk, { colorScheme: "light", width: 1440, height: 900 }),
  "screens, people: dark on a desk": (desk) => screens(desk, { colorScheme: "dark", width: 1440, height: 900 }),
  "screens, people: dark on a phone": (desk) => screens(desk, { colorScheme: "dark", width: 375, height: 812 }),
  "screens, all: each page of the editor was looked at, light and dark": (desk) => {
    const wanted = desk.given.routes.filter((route) => !NO_SCREENS.some((known) => known.test(route)));
    for (const light of ["light", "dark"]) {
      const seen = [...(desk.visited?.[light] ?? [])];
      // A path belongs to the template with the most words of its own.
      const own = (template) => template.split("/").filter((part) => !part.startsWith("{")).length;
      const ordered = [...desk.given.routes].sort((one, other) => own(other) - own(one));
      const covered = new Set(seen.map((path) => ordered.find((template) => paths(template).test(path))));
      const missed = wanted.filter((route) => !covered.has(route));
      holds(missed.length === 0, `nobody looked at these, ${light}: ${missed.join(", ")}`);
    }
    return `${wanted.length} pages`;
  },
};
