// Work on many pages and files at once, the search over everything, the page of a redirect and the focal point of an image.
import { holds, same } from "./desk.mjs";
import { check } from "./screens.mjs";

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
