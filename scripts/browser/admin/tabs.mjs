// Many tabs in one window, over HTTP/1.1: a browser has six connections to a host, and a tab that nobody looks at takes none.
import { control, holds, saved } from "./desk.mjs";
import { Window } from "./window.mjs";

const TABS = 8;
/** An admin page beside them is there within this, a debug build's server included, in milliseconds. */
const BESIDE_MS = 2_000;
const READY = "document.querySelector('.editor-form vt-field .field') !== null";
const side = (words) => `document.querySelector('.side')?.textContent.includes(${JSON.stringify(words)})`;

/** A window in which somebody is signed in, for as long as `work` takes. */
async function within(desk, who, work) {
  await desk.signIn(who);
  const window = new Window(desk.chromiumPath, desk.args);
  try {
    const kept = desk.states[who].cookies.map(({ name, value, path, httpOnly, secure }) => ({ name, value, path, httpOnly, secure, url: desk.base }));
    await window.setCookies(kept);
    return await work(window);
  } finally {
    window.end();
  }
}

async function edit(desk, window, name) {
  const tab = await window.open(`${desk.base}/admin/pages/${desk.given.pages[name]}/edit/`);
  await tab.until(READY, "the editor is there");
  return tab;
}

export const tabChecks = {
  "tabs: eight editors in a window leave room for another page": (desk) =>
    within(desk, "ann", async (window) => {
      for (let at = 0; at < TABS; at += 1) await edit(desk, window, at % 2 ? "post" : "other");
      const beside = await window.open("about:blank");
      const began = Date.now();
      await beside.go(`${desk.base}/admin/pages/`);
      await beside.until("document.readyState === 'complete' && document.querySelector('h1') !== null", "the page is loaded");
      const took = Date.now() - began;
      holds(took < BESIDE_MS, `beside ${TABS} editors a page took ${took} ms`);
      return `${took} ms`;
    }),

  "tabs: what others save while a tab is hidden is told when it is shown": (desk) =>
    within(desk, "ann", async (window) => {
      const tab = await edit(desk, window, "post");
      await edit(desk, window, "other");
      holds((await tab.run("document.visibilityState")) === "hidden", "the first tab is not hidden");
      const bob = await desk.open("post", "bob");
      await (await control(bob, "intro", "textarea")).fill(`Saved by Bob behind a tab, ${Date.now()}.`);
      await saved(bob);
      await bob.waitForTimeout(2500);
      holds(!(await tab.run("document.querySelector('.banner') !== null")), "a hidden tab listened");
      await bob.locator(".side", { hasText: "Ann is here too" }).waitFor();
      await tab.show();
      const took = await tab.until("[...document.querySelectorAll('.banner')].some((banner) => banner.textContent.includes('Bob saved a new version'))", "the tab is told");
      await tab.until(side("Bob is here too"), "who else is there");
      await tab.run(`(() => { const box = [...document.querySelectorAll('vt-field')].find((field) => field.field.name === 'intro').querySelector('textarea');
        box.value = 'Written over it.'; box.dispatchEvent(new Event('input', { bubbles: true })); })()`);
      await tab.until("[...document.querySelectorAll('dialog')].some((dialog) => dialog.textContent.includes('There are two versions'))", "nobody writes over it");
      return `told after ${took} ms`;
    }),

  "tabs: one's own other window is called that": (desk) =>
    within(desk, "ann", async (window) => {
      const tab = await edit(desk, window, "every");
      const there = await desk.open("every");
      await tab.until(side("you, in another window"), "one's own other window");
      await there.locator(".side", { hasText: "you, in another window" }).waitFor();
      holds(!(await tab.run(side("Ann is here"))), "one is not somebody else");
      const bob = await desk.open("every", "bob");
      await bob.locator(".side", { hasText: "Ann is here too" }).waitFor();
      await there.locator(".side", { hasText: "Bob is here too" }).waitFor();
      await desk.shoot("company", there);
      await there.goto("about:blank");
      const took = await tab.until(`!(${side("you, in another window")})`, "the other window is closed");
      return `gone after ${took} ms`;
    }),
};
