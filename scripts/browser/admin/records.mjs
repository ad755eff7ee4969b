// Collections: rows are listed, narrowed, added and changed by the form that edits pages, and read by those who may not change them.
import { becomes, control, holds, same } from "./desk.mjs";
import { check } from "./screens.mjs";

const LIST = "/admin/records/transactions/";
const ROWS = [
  { reference: "B-101", account: "DE12 5001 0517 0648 4898 90", amount: "-12.50", booked: "2026-01-03", kind: "card", payee: "Corner Bakery", settled: true },
  { reference: "B-102", account: "DE12 5001 0517 0648 4898 90", amount: "-900", booked: "2026-01-01", kind: "transfer", payee: "Rent", note: "The flat at the harbour" },
  { reference: "B-103", account: "DE02 1203 0000 0000 2020 51", amount: "2500.00", booked: "2026-01-31", kind: "transfer", payee: "Employer" },
];

async function form(page, url) {
  await page.goto(url);
  await page.waitForSelector(".editor-form vt-field .field");
}

/** Rows to look at, unless they are there. */
async function fill(page, desk) {
  await page.goto(`${desk.base}${LIST}?order=id`);
  if ((await page.locator(".list .title a", { hasText: "B-103" }).count()) > 0) return;
  for (const fields of ROWS) {
    const status = await page.evaluate(async ([url, sent]) => {
      const answer = await fetch(url, { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(sent) });
      return answer.status;
    }, [`${desk.base}${LIST}add/`, { base_revision: null, content: { fields } }]);
    same(status, 201, `the answer for ${fields.reference}`);
  }
}

const row = (name, rest = "") => async (page, desk) => {
  await page.goto(`${desk.base}${LIST}?order=id`);
  const url = await page.locator(".list .title a", { hasText: name }).evaluate(({ href }) => href);
  await page.goto(`${url}${rest}`);
};

const SCREENS = {
  "records": (page, desk) => page.goto(`${desk.base}/admin/records/`),
  "record-list": (page, desk) => page.goto(`${desk.base}${LIST}`),
  "record-filters": (page, desk) => page.goto(`${desk.base}${LIST}?f.kind=card&f.account=DE&f.account.how=startswith&order=amount`),
  "record-filters-wrong": (page, desk) => page.goto(`${desk.base}${LIST}?f.amount.from=much`),
  "record-form": async (page, desk) => {
    await row("B-102")(page, desk);
    await page.waitForSelector(".editor-form vt-field .field");
  },
  "record-new": (page, desk) => form(page, `${desk.base}${LIST}add/`),
  "record-import": async (page, desk) => {
    await page.goto(`${desk.base}${LIST}import/`);
    const table = Buffer.from("reference,account,amount,booked\nI-1,DE1,5.00,2026-03-01\nI-2,DE1,much,2026-03-02\n,DE1,1,soon\n");
    await page.setInputFiles("#file", { name: "rows.csv", mimeType: "text/csv", buffer: table });
    await page.locator("button[value=try]").click();
    await page.locator("#outcome").waitFor();
  },
  "record-history": row("B-102", "history/"),
  "record-delete": row("B-102", "delete/"),
};

async function screens(desk, view) {
  await fill(await desk.signIn("ann"), desk);
  return check(desk, view, SCREENS);
}

/** Puts Cara into a group that sees the rows. */
async function letRead(page, desk) {
  await page.goto(`${desk.base}/admin/groups/`);
  if ((await page.locator(".rows a", { hasText: "Row readers" }).count()) > 0) return;
  await page.fill("form.narrow [name=name]", "Row readers");
  await page.locator("form.narrow button.primary").click();
  const rows = page.locator("form[action$='/records/']", { hasText: "Transaction" });
  await rows.locator("[value=view]").check();
  await rows.locator("button").click();
  await page.waitForLoadState();
  holds(await page.locator("form[action$='/records/'] [value=view]").isChecked(), "the permission was not given");
  await page.fill("[name=username]:not([type=hidden])", "cara");
  await page.locator("button[value=add]").click();
  await page.waitForLoadState();
}

export const recordChecks = {
  "records: a row is added, found by its filters, changed and deleted": async (desk) => {
    const page = await desk.signIn("ann");
    await form(page, `${desk.base}${LIST}add/`);
    await page.locator(".editor-tools button", { hasText: "Save" }).click();
    await becomes(page, "invalid");
    for (const [name, value] of [["reference", "N-1"], ["account", "DE99"], ["amount", "17.25"]]) await (await control(page, name, "input")).fill(value);
    await (await control(page, "booked", "input")).fill("2026-02-14");
    await page.keyboard.press("Control+s");
    await page.waitForURL(/transactions\/\d+\/$/);
    await page.waitForSelector(".editor-form vt-field .field");
    same(await page.locator(".editor-title h1").textContent(), "N-1", "the heading");
    const url = page.url();
    await page.goto(`${desk.base}${LIST}`);
    await page.locator(".filters summary").click();
    await page.fill("[name='f.account']", "de99");
    await page.fill("[name='f.booked.from']", "2026-02-01");
    await page.locator(".filters button.primary").click();
    await page.waitForURL(/f\.account=de99/);
    same(await page.locator(".list .title a").allTextContents(), ["N-1"], "what is found");
    same(await page.inputValue("[name='f.booked.from']"), "2026-02-01", "what was chosen");
    await page.locator(".list th a", { hasText: "Amount" }).click();
    await page.waitForURL(/order=amount/);
    holds(page.url().includes("f.account=de99"), "sorting forgets the filters");
    await form(page, url);
    await (await control(page, "payee", "input")).fill("Lamp oil");
    await page.keyboard.press("Control+s");
    await becomes(page, "saved");
    await page.goto(`${url}delete/`);
    await page.locator("button.danger").click();
    await page.waitForURL(/transactions\/$/);
    same(await page.locator(".list .title a", { hasText: "N-1" }).count(), 0, "rows of that name");
  },

  "records: two people never write over each other": async (desk) => {
    const ann = await desk.signIn("ann");
    await fill(ann, desk);
    await row("B-101")(ann, desk);
    await ann.waitForSelector(".editor-form vt-field .field");
    const bob = await desk.signIn("bob");
    await form(bob, ann.url());
    await (await control(ann, "note", "textarea")).fill("First");
    await ann.keyboard.press("Control+s");
    await becomes(ann, "saved");
    await (await control(bob, "note", "textarea")).fill("Second");
    await bob.keyboard.press("Control+s");
    await becomes(bob, "conflict");
    holds((await bob.locator("dialog").textContent()).includes("Ann"), "it does not say who saved");
    await bob.locator("dialog button.primary").click();
    await becomes(bob, "saved");
  },

  "records: the command bar goes to the rows": async (desk) => {
    const page = await desk.signIn("ann");
    await page.goto(`${desk.base}/admin/`);
    await page.keyboard.press("Control+k");
    await page.keyboard.type("records trans");
    await page.locator("dialog [role=option]", { hasText: "Transaction" }).first().click();
    await page.waitForURL(/records\/transactions\/$/);
  },

  "records: who may only see rows reads them": async (desk) => {
    const ann = await desk.signIn("ann");
    await fill(ann, desk);
    await letRead(ann, desk);
    const findings = [];
    for (const colorScheme of ["light", "dark"]) {
      const page = await desk.signIn("cara", { colorScheme });
      await page.goto(`${desk.base}/admin/`);
      await page.locator("a[href='/admin/records/']").first().waitFor({ state: "attached" });
      await page.goto(`${desk.base}${LIST}?order=id`);
      same(await page.locator("a[href$='/add/']").count(), 0, "ways to add rows");
      await page.locator(".list .title a", { hasText: "B-102" }).click();
      await page.locator("td", { hasText: "The flat at the harbour" }).waitFor();
      await page.evaluate(desk.axe);
      const { violations } = await page.evaluate(() => axe.run({ resultTypes: ["violations"] }));
      findings.push(...violations.filter(({ impact }) => ["serious", "critical"].includes(impact)).map(({ id }) => `${id}, ${colorScheme}`));
      await desk.shoot(`record-show-${colorScheme}`, page);
    }
    holds(findings.length === 0, findings.join("; "));
  },

  "screens, records: light on a desk": (desk) => screens(desk, { colorScheme: "light", width: 1440, height: 900 }),
  "screens, records: dark on a desk": (desk) => screens(desk, { colorScheme: "dark", width: 1440, height: 900 }),
  "screens, records: light on a phone": (desk) => screens(desk, { colorScheme: "light", width: 375, height: 812 }),
  "screens, records: dark on a phone": (desk) => screens(desk, { colorScheme: "dark", width: 375, height: 812 }),
};
