// Dialogs of the editor, used as people use them: a schedule, players and documents in rich text; and a database that is
// stopped while somebody writes.
import { becomes, control, holds, same, saved } from "./desk.mjs";

const text = (page) => control(page, "a_rich_text", ".prose-text");

async function intoRichText(page, content) {
  await (await text(page)).click();
  await control(page, "a_rich_text", ".ProseMirror-focused");
  await page.keyboard.press("Control+a");
  await page.keyboard.type(content);
}

const tool = (page, label) => page.locator(`vt-rich-text [aria-label="${label}"]`).first();

/** What an input of date and time takes, so many minutes from now, in UTC. */
const wall = (minutes) => new Date(Date.now() + minutes * 60_000).toISOString().slice(0, 16);

async function schedule(page, field, value) {
  await page.locator(".side button", { hasText: "Schedule" }).click();
  await page.locator(`dialog #${field}`).fill(value);
  await page.locator("dialog button.primary").click();
}

async function databaseStops(desk) {
  const page = await desk.open("post");
  const intro = await control(page, "intro", "textarea, input");
  await intro.fill("Before the database went away.");
  await saved(page);
  await fetch(`${desk.given.switch}/stop`, { method: "POST" });
  try {
    await intro.fill("While the database was away.");
    await becomes(page, "away", 20_000);
    const words = (await page.locator(".save-state [role=status]").innerText()).trim();
    holds(words.includes("kept in this browser"), `it says: ${words}`);
    await desk.shoot("database-away", page);
    const next = await page.context().newPage();
    const answer = await next.goto(`${desk.base}/admin/pages/`);
    same(answer.status(), 503, "the status of a list");
    holds((await next.locator("main").innerText()).includes("try again"), "the list does not say what to do");
    await next.close();
    await intro.fill("While the database was still away.");
  } finally {
    await fetch(`${desk.given.switch}/start`, { method: "POST" });
  }
  await becomes(page, "saved", 60_000);
  same((await desk.stored(page, desk.given.pages.post)).fields.intro, "While the database was still away.", "what the server has");
}
databaseStops.needsSwitch = true;

export const dialogChecks = {
  "dialogs: a page is given a time, and mistakes stay in the dialog": async (desk) => {
    const page = await desk.open("other");
    await schedule(page, "publish_at", wall(-60));
    await page.locator("dialog [role=alert]").waitFor();
    await desk.shoot("schedule-refused", page);
    await page.keyboard.press("Escape");
    await schedule(page, "expire_at", wall(60 * 24 * 30));
    await page.locator(".side dl", { hasText: "Goes away" }).waitFor();
    await page.reload();
    await page.locator(".side dl", { hasText: "Goes away" }).waitFor();
    await schedule(page, "expire_at", "");
    await page.waitForFunction(() => !document.querySelector(".side dl").textContent.includes("Goes away"));
  },

  "dialogs: rich text takes players and documents": async (desk) => {
    const page = await desk.open("every");
    await intoRichText(page, "Watch this");
    await tool(page, "Video or sound").click();
    await page.fill("#embed-url", "not an address");
    await page.locator("dialog button.primary").click();
    await page.locator("dialog .problem").waitFor();
    await page.fill("#embed-url", "https://www.youtube.com/watch?v=dQw4w9WgXcQ");
    await page.locator("dialog button.primary").click();
    await page.locator("vt-rich-text .embed, vt-rich-text [data-embed], vt-rich-text figure").first().waitFor();
    await saved(page);
    const { a_rich_text: stored } = (await desk.stored(page, desk.given.pages.every)).fields;
    holds(stored.includes('embedtype="media"') && stored.includes("dQw4w9WgXcQ"), stored);

    await intoRichText(page, "Read this");
    await page.keyboard.press("Control+a");
    await tool(page, "Link to a document").click();
    await page.locator("dialog .take").first().click();
    await saved(page);
    const { a_rich_text: linked } = (await desk.stored(page, desk.given.pages.every)).fields;
    holds(/<a linktype="document" id="\d+">Read this<\/a>/.test(linked), linked);
  },

  "dialogs: a database that stops while somebody writes loses nothing": databaseStops,
};
