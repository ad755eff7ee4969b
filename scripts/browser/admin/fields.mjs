// A field of every kind is edited as people do, saved, and comes back the same.
import { control, field, holds, same, saved } from "./desk.mjs";

/** One pixel. */
const PNG = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==";

const typed = (name, text, selector = "input") => async (page) => (await control(page, name, selector)).fill(text);

async function choose(page, name, at = 0) {
  await (await control(page, name, "button.choose")).click();
  await page.locator("dialog .take:not(.off)").nth(at).click();
  await page.locator("dialog").waitFor({ state: "detached" });
}

/** Goes into the rich text, which becomes an editor with the next frame. */
async function write(page) {
  await (await control(page, "a_rich_text", ".prose-text")).click();
  await control(page, "a_rich_text", ".ProseMirror-focused");
  await page.waitForTimeout(80);
}

/** A key that moves the cursor: the editor hears of it a moment later, which people do not outrun. */
async function reach(page, key) {
  await page.keyboard.press(key);
  await page.waitForTimeout(50);
}

/** Each: how it is edited, and what is stored then (or a check of it). */
const EDITS = {
  a_char: [typed("a_char", "A line"), "A line"],
  a_text: [typed("a_text", "Two\nlines", "textarea"), "Two\nlines"],
  a_block_quote: [typed("a_block_quote", "Said.", "textarea"), "Said."],
  an_email: [typed("an_email", "ann@example.com"), "ann@example.com"],
  a_url: [typed("a_url", "https://example.com/a"), "https://example.com/a"],
  a_regex: [typed("a_regex", "abc"), "abc"],
  an_integer: [typed("an_integer", "42"), 42],
  a_float: [typed("a_float", "-1.5"), -1.5],
  a_decimal: [typed("a_decimal", "12.50"), "12.50"],
  a_boolean: [async (page) => (await control(page, "a_boolean", "input")).check(), true],
  a_date: [typed("a_date", "2026-01-31"), "2026-01-31"],
  a_time: [typed("a_time", "09:30"), "09:30:00"],
  a_datetime: [typed("a_datetime", "2026-01-31T09:30"), (value) => value.startsWith("2026-01-31T") && value.endsWith("Z")],
  a_choice: [async (page) => (await control(page, "a_choice", "select")).selectOption("b"), "b"],
  a_multiple_choice: [
    async (page) => {
      const boxes = await (await field(page, "a_multiple_choice")).$$("input");
      await boxes[2].check();
      await boxes[0].check();
    },
    ["a", "c"],
  ],
  a_raw_html: [typed("a_raw_html", "<div>raw</div>", "textarea"), "<div>raw</div>"],
  a_struct: [
    async (page) => {
      await typed("first", "in")(page);
      await typed("second", "7")(page);
    },
    { first: "in", second: 7, tone: "calm" },
  ],
  a_list: [
    async (page) => {
      for (const text of ["one", "two"]) {
        await (await control(page, "a_list", "button.add")).click();
        await page.waitForTimeout(60);
        await page.keyboard.type(text);
      }
    },
    (value) => value.map((item) => item.value).join() === "one,two" && value.every((item) => /^[0-9a-f-]{36}$/.test(item.id)),
  ],
  an_embed: [typed("an_embed", "https://www.youtube.com/watch?v=1"), "https://www.youtube.com/watch?v=1"],
  a_table: [
    async (page) => {
      await (await control(page, "a_table", "button")).click();
      await control(page, "a_table", "table.grid");
      const cells = await (await field(page, "a_table")).$$("td textarea");
      await cells[0].fill("Name");
      await cells[3].fill("M2");
      await (await control(page, "a_table", "input[id$=caption]")).fill("Constituents");
    },
    {
      data: [["Name", "", ""], ["M2", "", ""], ["", "", ""]], first_row_is_table_header: true, first_col_is_header: false,
      table_header_choice: "row", table_caption: "Constituents",
    },
  ],
  a_typed_table: [
    async (page) => {
      for (const kind of ["cell_text", "cell_number"]) await (await control(page, "a_typed_table", "select.inline")).selectOption(kind);
      const element = await field(page, "a_typed_table");
      await (await element.waitForSelector("vt-field input")).fill("depth");
      await (await element.$$("vt-field input"))[1].fill("3.5");
      await (await element.$(".heading-cell input")).fill("What");
    },
    { columns: [{ type: "cell_text", heading: "What" }, { type: "cell_number", heading: "" }], rows: [{ values: ["depth", 3.5] }], caption: "" },
  ],
  some_tags: [
    async (page) => {
      await (await control(page, "some_tags", "input")).click();
      await page.keyboard.type("tides,");
      await page.keyboard.type("water");
      await page.keyboard.press("Enter");
    },
    ["tides", "water"],
  ],
};

const CHOSEN = {
  a_page: (value) => Number.isInteger(value),
  a_snippet: (value) => Number.isInteger(value),
  some_snippets: (value) => Array.isArray(value) && value.length === 1,
  an_image: (value) => Number.isInteger(value),
  a_document: (value) => Number.isInteger(value),
};

function compare(found, wanted, name) {
  if (typeof wanted === "function") holds(wanted(found), `${name} is ${JSON.stringify(found)}`);
  else same(found, wanted, name);
}

export const fieldChecks = {
  "fields of every typed kind come back the same": async (desk) => {
    const id = desk.given.pages.every;
    const page = await desk.open("every");
    const before = (await desk.stored(page, id)).fields.a_rich_text;
    for (const [name, [edit]] of Object.entries(EDITS)) {
      try {
        await edit(page);
      } catch (error) {
        throw new Error(`${name}: ${error.message.split("\n")[0]}`);
      }
    }
    await saved(page);
    const { fields } = await desk.stored(page, id);
    for (const [name, [, wanted]] of Object.entries(EDITS)) compare(fields[name], wanted, name);
    same(fields.a_rich_text, before, "rich text that nobody touched");
    holds(await page.locator(".note", { hasText: "A note for the editor." }).isVisible(), "the static note is not shown");
    await desk.shoot("every-kind", page, { fullPage: true });
    return `${Object.keys(EDITS).length} kinds`;
  },

  "fields that are chosen come back the same": async (desk) => {
    const id = desk.given.pages.every;
    const page = await desk.open("every");
    for (const name of Object.keys(CHOSEN)) {
      try {
        await choose(page, name);
      } catch (error) {
        throw new Error(`${name}: ${error.message.split("\n")[0]}`);
      }
    }
    await choose(page, "an_image_block");
    await (await control(page, "an_image_block", "input[id$=alt]")).fill("What it shows");
    await saved(page);
    const { fields } = await desk.stored(page, id);
    for (const [name, wanted] of Object.entries(CHOSEN)) compare(fields[name], wanted, name);
    compare(fields.an_image_block, (value) => Number.isInteger(value?.image) && value.alt === "What it shows" && value.decorative === false, "an_image_block");
    await page.reload();
    await control(page, "an_image", ".chosen img");
  },

  "images are uploaded from their chooser": async (desk) => {
    const page = await desk.open("every");
    await (await control(page, "an_image", ".chosen .tools button, button.choose")).click();
    const files = page.locator("dialog input[type=file]");
    await files.waitFor({ state: "attached" });
    await files.setInputFiles({ name: "not-an-image.png", mimeType: "image/png", buffer: Buffer.from("<svg onload=alert(1)>") });
    await page.locator("dialog .sending .problem").waitFor();
    await desk.shoot("upload-refused", page);
    await files.setInputFiles({ name: "a_tide-gauge.png", mimeType: "image/png", buffer: Buffer.from(PNG, "base64") });
    await page.locator("dialog").waitFor({ state: "detached" });
    await saved(page);
    const title = await (await control(page, "an_image", ".chosen strong")).innerText();
    holds(title.includes("tide gauge"), `the image is called ${title}`);
  },

  "rich text keeps its bytes until somebody changes it": async (desk) => {
    const id = desk.given.pages.every;
    const page = await desk.open("every");
    const before = (await desk.stored(page, id)).fields.a_rich_text;
    await write(page);
    await reach(page, "Control+Home");
    await page.keyboard.type("x");
    await page.keyboard.press("Backspace");
    await page.keyboard.press("Control+s");
    await saved(page);
    same((await desk.stored(page, id)).fields.a_rich_text, before, "the text after a letter that came and went");
    await reach(page, "Control+End");
    await page.keyboard.press("Enter");
    await page.keyboard.press("Enter");
    await page.keyboard.type("New **words** here");
    await saved(page);
    const after = (await desk.stored(page, id)).fields.a_rich_text;
    const kept = before.slice(0, before.indexOf("<blockquote"));
    holds(after.startsWith(kept), `what was not touched changed: ${after}`);
    holds(after.includes("New <b>words</b> here"), `what was typed is not there: ${after}`);
  },

  "rich text takes links, the palette and what is pasted": async (desk) => {
    const id = desk.given.pages.every;
    const page = await desk.open("every");
    await write(page);
    await reach(page, "Control+a");
    await page.keyboard.press("Backspace");
    await page.keyboard.type("linked");
    await reach(page, "Control+a");
    await page.keyboard.press("Control+k");
    await page.click("dialog .ways button:has-text('E-mail')");
    await page.fill("#link-address", "bob@example.com");
    await page.keyboard.press("Enter");
    await page.locator("dialog").waitFor({ state: "detached" });
    await page.waitForTimeout(80);
    await reach(page, "ArrowRight");
    await page.keyboard.press("Enter");
    await page.keyboard.type("/list");
    await page.locator(".palette").waitFor();
    await desk.shoot("palette", page);
    await page.keyboard.press("Enter");
    await page.keyboard.type("item");
    await saved(page);
    const html = (await desk.stored(page, id)).fields.a_rich_text;
    same(html, '<p><a href="mailto:bob@example.com">linked</a></p><ul><li>item</li></ul>', "the text");
    const pasted = '<p class="MsoNormal" style="color:red">Out <b style="font-weight:normal">of</b> <a href="https://example.com/" onclick="x()">Word</a><o:p></o:p></p><script>x</script>';
    await reach(page, "Control+a");
    await page.evaluate((text) => {
      const data = new DataTransfer();
      data.setData("text/html", text);
      document.activeElement.dispatchEvent(new ClipboardEvent("paste", { clipboardData: data, bubbles: true, cancelable: true }));
    }, pasted);
    await saved(page);
    same((await desk.stored(page, id)).fields.a_rich_text, '<p>Out of <a href="https://example.com/">Word</a></p>', "the pasted text");
  },
};
