// Work with what is there: pages in their order, files of the library, what a page said before, and where old addresses lead.
import { control, holds, same, saved } from "./desk.mjs";

const titles = (page) => page.locator(".list .title a:not(.chip)").allTextContents();
const said = async (page) => (await page.locator("main [role=alert]").first().innerText()).trim();

/** A section of its own with these drafts in it, in this order; the address of its list. */
async function section(page, desk, name, drafts) {
  const post = async (parent, title) => {
    const url = `${desk.base}/admin/pages/${parent}/add/standard.StandardPage/`;
    const answer = await page.request.post(url, { form: { title }, headers: { origin: desk.base }, maxRedirects: 0 });
    same(answer.status(), 303, `adding ${title}`);
    return Number(/pages\/(\d+)\//.exec(answer.headers().location)[1]);
  };
  const id = await post(desk.given.pages.other, name);
  for (const title of drafts) await post(id, title);
  return `${desk.base}/admin/pages/${id}/`;
}

/** Pictures that nobody has yet, as files. */
async function pictures(page, names) {
  const draw = (seeds) =>
    seeds.map((seed) => {
      const canvas = Object.assign(document.createElement("canvas"), { width: 300, height: 200 });
      const brush = canvas.getContext("2d");
      brush.fillStyle = `hsl(${(seed * 67) % 360} 60% 50%)`;
      brush.fillRect(0, 0, 300, 200);
      brush.fillText(String(performance.now() + seed), 10, 20);
      return canvas.toDataURL("image/png").split(",")[1];
    });
  const drawn = await page.evaluate(draw, names.map((_, at) => at));
  return names.map((name, at) => ({ name, mimeType: "image/png", buffer: Buffer.from(drawn[at], "base64") }));
}

export const workChecks = {
  "work: pages change their places by mouse and by keyboard": async (desk) => {
    const page = await desk.signIn();
    const list = await section(page, desk, "Order", ["One", "Two", "Three"]);
    await page.goto(list);
    same(await titles(page), ["One", "Two", "Three"], "the order at first");
    const box = async (title) => page.locator("tr", { has: page.locator(".title a", { hasText: new RegExp(`^${title}$`) }) }).boundingBox();
    const handle = await page.locator("[data-handle]").first().boundingBox();
    const last = await box("Three");
    await page.mouse.move(handle.x + handle.width / 2, handle.y + handle.height / 2);
    await page.mouse.down();
    await page.mouse.move(handle.x, last.y + 4, { steps: 4 });
    const stored = page.waitForResponse((answer) => answer.url().endsWith("/reorder/"));
    await page.mouse.move(handle.x, last.y + last.height + 20, { steps: 4 });
    await page.mouse.up();
    await stored;
    same(await titles(page), ["Two", "Three", "One"], "the order that is shown after dragging");
    const undo = page.locator("[role=status] button", { hasText: "Undo" });
    await undo.waitFor();
    await undo.focus();
    await Promise.all([page.waitForNavigation(), page.keyboard.press("Enter")]);
    same(await titles(page), ["One", "Two", "Three"], "the order after it was undone");
    // The way back has one, too.
    await undo.focus();
    await Promise.all([page.waitForNavigation(), page.keyboard.press("Enter")]);
    same(await titles(page), ["Two", "Three", "One"], "the order after it was done again");
    await page.goto(list);
    same(await titles(page), ["Two", "Three", "One"], "the order that is kept");
    // And back, without a mouse.
    for (const _ of ["once", "twice"]) {
      await page.getByRole("button", { name: /^Move One up/ }).focus();
      await Promise.all([page.waitForNavigation(), page.keyboard.press("Enter")]);
    }
    same(await titles(page), ["One", "Two", "Three"], "the order after two keys");
    // Somebody else moves it on: the way back is told to be none.
    await page.getByRole("button", { name: /^Move One down/ }).focus();
    await Promise.all([page.waitForNavigation(), page.keyboard.press("Enter")]);
    const id = await page.locator("tr[data-id]", { hasText: "One" }).getAttribute("data-id");
    const done = await page.request.post(`${list}reorder/?page=${id}&way=down`, { form: { a: "b" }, headers: { origin: desk.base } });
    holds(done.ok(), `moving on: ${done.status()}`);
    await Promise.all([page.waitForNavigation(), undo.click()]);
    holds((await page.locator("main").innerText()).includes("was moved meanwhile"), "it says why it stays");
  },

  "work: of several files the bad one is told, and the others are there": async (desk) => {
    const page = await desk.signIn();
    await page.goto(`${desk.base}/admin/images/`);
    const [first, second] = await pictures(page, ["quay-one.png", "quay-two.png"]);
    const bad = { name: "not-a-picture.png", mimeType: "image/png", buffer: Buffer.from("<svg onload=alert(1)>") };
    await page.locator(".filters:has([data-uploads]) summary").click();
    await page.setInputFiles("form[data-uploads] #file", [first, bad, second]);
    await page.locator("form[data-uploads] button").click();
    await page.locator("[data-uploaded] .chip.bad").waitFor();
    await page.waitForFunction(() => document.querySelectorAll("[data-uploaded] progress").length === 0);
    same(await page.locator("[data-uploaded] .chip").allTextContents(), ["Added", "Not added", "Added"], "what became of them");
    const problem = page.locator("[data-uploaded] li", { hasText: "not-a-picture.png" }).locator(".problem");
    holds((await problem.innerText()).includes("SVG"), `it says: ${await problem.innerText()}`);
    same(await page.getAttribute("[data-uploaded]", "aria-live"), "polite", "how it is announced");
    await desk.shoot("files-told", page);
    await page.locator("[data-again]").click();
    await page.waitForLoadState();
    for (const title of ["Quay one", "Quay two"]) await page.locator(".gallery a", { hasText: title }).waitFor();
  },

  "work: a file is replaced in its place, and says where it is used": async (desk) => {
    const page = await desk.signIn();
    await page.goto(`${desk.base}/admin/images/`);
    const [before, after] = await pictures(page, ["buoy-before.png", "buoy-after.png"]);
    const answer = await page.request.post(`${desk.base}/admin/choose/images/`, { multipart: { collection: "1", title: "A buoy", file: before }, headers: { origin: desk.base } });
    same(answer.status(), 201, "the upload");
    const { id } = await answer.json();
    const url = `${desk.base}/admin/images/${id}/`;
    await page.goto(url);
    same((await page.locator("#uses").innerText()).trim(), "Not used", "what a new file says");
    const picture = await page.locator("img.shown").getAttribute("src");
    await page.setInputFiles(".beside #file", { name: "x.png", mimeType: "image/png", buffer: Buffer.from("words") });
    await page.locator(".beside button", { hasText: "Replace" }).click();
    holds((await said(page)).length > 0, "nothing is said of a file that is no picture");
    same(await page.locator("img.shown").getAttribute("src"), picture, "the picture after a bad file");
    await page.setInputFiles(".beside #file", after);
    await page.locator(".beside button", { hasText: "Replace" }).click();
    await page.waitForFunction((old) => document.querySelector("img.shown").getAttribute("src") !== old, picture);
    same(new URL(page.url()).pathname, `/admin/images/${id}/`, "its address");

    await page.goto(`${desk.base}/admin/images/`);
    await page.locator(".gallery a:not(:has-text('not used'))").first().click();
    holds((await page.locator("#uses").innerText()).startsWith("Used in"), "a used file does not say so");
    await page.locator("section[aria-labelledby=uses] a").first().click();
    await page.waitForSelector(".editor-form vt-field .field");
  },

  "work: what changed is compared, and an older text is used again": async (desk) => {
    const write = async (words) => {
      const page = await desk.open("post");
      await (await control(page, "intro", "textarea")).fill(words);
      await saved(page);
      return page;
    };
    await write("The keeper wrote the first words.");
    // Somebody else's, so that it is a sitting of its own.
    const bob = await desk.open("post", "bob");
    await (await control(bob, "intro", "textarea")).fill("The keeper wrote the second words.");
    await saved(bob);
    const page = await desk.signIn();
    await page.goto(`${desk.base}/admin/pages/${desk.given.pages.post}/history/`);
    await page.locator(".rows .actions a", { hasText: "Compare" }).first().click();
    await page.locator("h1", { hasText: "What changed" }).waitFor();
    same(await page.locator(".difference del").allTextContents(), ["first"], "what went");
    same(await page.locator(".difference ins").allTextContents(), ["second"], "what came");
    await desk.shoot("compare-words", page);
    await page.goBack();
    await page.locator("form[data-confirm] button", { hasText: "Use again" }).first().click();
    const dialog = page.locator("dialog");
    await dialog.locator("button", { hasText: "Cancel" }).click();
    same((await desk.stored(page, desk.given.pages.post)).fields.intro, "The keeper wrote the second words.", "the text after Cancel");
    await page.locator("form[data-confirm] button", { hasText: "Use again" }).first().click();
    await page.locator("dialog button", { hasText: "Use again" }).click();
    await page.waitForSelector(".editor-form vt-field .field");
    same(await (await control(page, "intro", "textarea")).inputValue(), "The keeper wrote the first words.", "the text that is used again");
    await bob.locator(".banner", { hasText: "Ann saved a new version" }).waitFor();
  },

  "work: a redirect is refused with its reason, and leads when it is right": async (desk) => {
    const page = await desk.signIn();
    await page.goto(`${desk.base}/admin/redirects/add/`);
    await page.fill("#from", "/printed-on-a-poster/");
    await page.fill("#to", "javascript:alert(1)");
    await page.locator("form.narrow button.primary").click();
    holds((await said(page)).length > 0, "it is not said what is wrong");
    same(await page.inputValue("#from"), "/printed-on-a-poster/", "what was typed");
    await page.fill("#to", "/about/");
    await page.locator("form.narrow button.primary").click();
    await page.waitForURL(/\/admin\/redirects\/$/);
    const answer = await page.request.get(`${desk.base}/printed-on-a-poster/`, { maxRedirects: 0 });
    same([answer.status(), answer.headers().location], [301, "/about/"], "where it leads");
  },
};
