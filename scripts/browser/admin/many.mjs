// Work on many pages and files at once, the search over everything, the page of a redirect and the focal point of an image.
import { readFileSync } from "node:fs";

import { holds, same } from "./desk.mjs";
import { check } from "./screens.mjs";

const FACE = new URL("../../../tests/fixtures/astronaut.jpg", import.meta.url);

const tick = (page, count) => page.evaluate((most) => [...document.querySelectorAll("input[name=ids]")].slice(0, most).forEach((box) => box.click()), count);

async function addPages(page, desk, count) {
  const response = await page.request.get(`${desk.base}/admin/choose/pages/?q=about`, { headers: { accept: "application/json" } });
  const { items } = await response.json();
  const parent = items.find(({ title }) => title.startsWith("About")).id;
  for (let number = 1; number <= count; number += 1) {
    const url = `${desk.base}/admin/pages/${parent}/add/standard.StandardPage/`;
    await page.request.post(url, { form: { title: `Draft ${number}` }, headers: { origin: desk.base } });
  }
  return `${desk.base}/admin/pages/${parent}/`;
}

/** Adds a picture of a face, waits until it was looked at, and tells the address of its page. */
async function addFace(page, desk) {
  const file = { name: "eileen.jpg", mimeType: "image/jpeg", buffer: readFileSync(FACE) };
  const sent = await page.request.post(`${desk.base}/admin/images/`, { multipart: { collection: "1", file }, headers: { origin: desk.base } });
  const link = /href="(\/admin\/images\/\d+\/)">eileen/.exec(await sent.text());
  // It is there already when the screens are looked at in another light.
  const known = /number \D*(\d+)/;
  const url = link ? link[1] : `/admin/images/${known.exec(await (await page.request.post(`${desk.base}/admin/choose/images/`, { multipart: { collection: "1", refuse_duplicates: "1", file }, headers: { origin: desk.base } })).text())[1]}/`;
  for (let tries = 0; tries < 100; tries += 1) {
    const text = await (await page.request.get(desk.base + url)).text();
    if (text.includes("was found by face detection")) return desk.base + url;
    await page.waitForTimeout(200);
  }
  throw new Error("no face was found");
}

const SCREENS = {
  "explorer-chosen": async (page, desk) => {
    await page.goto(await addPages(page, desk, 3));
    await tick(page, 3);
    await page.locator("[data-bulk]").waitFor();
  },
  "bulk-done": async (page) => {
    await page.locator("[data-bulk] button[value=publish]").click();
    await page.locator("h1", { hasText: "published" }).waitFor();
    await page.locator("a", { hasText: "Back to the list" }).waitFor();
  },
  "bulk-list": (page, desk) => page.goto(`${desk.base}/admin/bulk/`),
  "search-all": (page, desk) => page.goto(`${desk.base}/admin/search/?q=a`),
  "files-chosen": async (page, desk) => {
    await page.goto(`${desk.base}/admin/images/`);
    await tick(page, 2);
  },
  "files-sure": async (page) => {
    await page.locator("[data-bulk] button[value=delete]").click();
    await page.locator("h1", { hasText: "Delete" }).waitFor();
  },
  "users-chosen": async (page, desk) => {
    await page.goto(`${desk.base}/admin/users/`);
    await tick(page, 1);
    await page.locator("[data-bulk]").waitFor();
  },
  "users-sure": async (page) => {
    await page.locator("[data-bulk] button[value=deactivate]").click();
    await page.locator("h1", { hasText: "Deactivate 1 user?" }).waitFor();
  },
  "image-focal": async (page, desk) => {
    await page.goto(`${desk.base}/admin/images/`);
    await page.locator(".gallery a", { hasText: "The Calf in fog" }).click();
    await page.locator(".focal-surface").click({ position: { x: 60, y: 50 } });
  },
  "image-faces": async (page, desk) => {
    await page.goto(await addFace(page, desk));
    await page.locator("button", { hasText: "Find faces again" }).waitFor();
  },
  "documents-grid": async (page, desk) => {
    await page.goto(`${desk.base}/admin/documents/`);
    await page.locator("button[value=grid]").click();
    await page.locator(".gallery, .empty").first().waitFor();
  },
  "redirect-page": async (page, desk) => {
    await page.goto(`${desk.base}/admin/redirects/add/`);
    await page.locator("button", { hasText: "Choose a page" }).click();
    await page.locator("dialog .choices button").first().waitFor();
  },
};

const screens = (desk, view) => check(desk, view, SCREENS);

export const manyChecks = {
  "many: progress is shown while it goes on, and told at its end": async (desk) => {
    const page = await desk.signIn();
    await page.goto(await addPages(page, desk, 14));
    await tick(page, 14);
    same(await page.locator("[data-count]").textContent(), "14 selected", "the bar");
    await page.locator("[data-bulk] button[value=publish]").click();
    await page.waitForURL(/\/admin\/bulk\/\d+\/$/);
    await page.locator("a", { hasText: "Back to the list" }).waitFor({ timeout: 20_000 });
    same(await page.locator("h1").textContent(), "14 of 14 pages published", "the end");
    same(await page.locator(".chip.good").count(), 14, "done");
  },
  "many: the command bar finds all kinds, and / opens it where there is no search": async (desk) => {
    const page = await desk.signIn();
    await page.goto(`${desk.base}/admin/account/`);
    await page.keyboard.press("/");
    await page.keyboard.type("ann");
    await page.locator("dialog [role=option]", { hasText: "User" }).first().waitFor();
    await page.goto(`${desk.base}/admin/pages/`);
    await page.keyboard.press("/");
    holds(await page.evaluate(() => document.activeElement.matches("input[data-search]")), "/ goes to the search of the page");
  },
  "many: what must stay visible is set by a click, the keys and a box": async (desk) => {
    const page = await desk.signIn();
    await page.goto(`${desk.base}/admin/images/`);
    await page.locator(".gallery a", { hasText: "The Calf in fog" }).click();
    const number = async (name) => Number(await page.locator(`#focal_${name}`).inputValue());
    const surface = page.locator(".focal-surface");
    await surface.click({ position: { x: 100, y: 60 } });
    const [x, width] = [await number("x"), await number("width")];
    holds(x > 0 && width > 0, "a click sets it");
    await page.locator(".focal-box").focus();
    await page.keyboard.press("ArrowRight");
    holds((await number("x")) > x, "an arrow moves it");
    await page.keyboard.press("Shift+ArrowRight");
    holds((await number("width")) > width, "with Shift it grows");
    const box = await surface.boundingBox();
    await page.keyboard.press("Delete");
    same(await page.locator("#focal_x").inputValue(), "", "taken away");
    await page.mouse.move(box.x + 20, box.y + 20);
    await page.mouse.down();
    await page.mouse.move(box.x + 120, box.y + 90, { steps: 4 });
    await page.mouse.up();
    holds((await number("width")) > (await number("height")), "a drawn box has its shape");
    await page.locator("button", { hasText: "Save" }).first().click();
    await page.waitForURL(/\/admin\/images\/$/);
  },
  "many: a face that was found is shown on the picture, removed and found again": async (desk) => {
    const page = await desk.signIn();
    await page.goto(await addFace(page, desk));
    const box = page.locator(".focal-box:not(.unset)");
    await box.waitFor();
    const [face, picture] = [await box.boundingBox(), await page.locator(".focal-surface").boundingBox()];
    holds(face.y + face.height / 2 < picture.y + picture.height / 3, "it is on the face, which is in the upper third");
    await page.locator("button", { hasText: /^Remove$/ }).click();
    await page.locator("button", { hasText: "Find faces" }).waitFor();
    same(await page.locator("#focal_x").inputValue(), "", "it is gone");
    await page.locator("button", { hasText: "Find faces" }).click();
    await page.waitForFunction(() => !document.body.innerText.includes("Find faces"));
    await page.goto(await addFace(page, desk));
    holds(Number(await page.locator("#focal_x").inputValue()) > 0, "it is found again");
  },
  "many: the page of a redirect is chosen, not typed": async (desk) => {
    const page = await desk.signIn();
    await page.goto(`${desk.base}/admin/redirects/add/`);
    await page.fill("#from", "/chosen-here/");
    await page.locator("button", { hasText: "Choose a page" }).click();
    await page.fill("dialog input[type=search]", "about");
    await page.locator("dialog .choices button", { hasText: "About" }).first().click();
    holds(/About/.test(await page.locator(".chosen-page").textContent()), "its title is shown");
    await page.locator("button", { hasText: "Save" }).click();
    await page.waitForURL(/\/admin\/redirects\/$/);
    holds((await page.content()).includes("/chosen-here"), "it is in the list");
  },
  "many: screens, light on a desk": (desk) => screens(desk, { colorScheme: "light", width: 1440, height: 900 }),
  "many: screens, dark on a phone": (desk) => screens(desk, { colorScheme: "dark", width: 375, height: 812 }),
};
