// Many tabs in one window, over HTTP/1.1: a browser has six connections to a host, and a tab that nobody looks at takes none.
import { becomes, control, holds, same, saved, state } from "./desk.mjs";
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

  "tabs: a page that somebody locks is read by the others, and their text waits": async (desk) => {
    const [ann, bob] = [await desk.open("post"), await desk.open("post", "bob")];
    const lock = async (to) => {
      const url = `${desk.base}/admin/pages/${desk.given.pages.post}/lock/`;
      const answer = await ann.request.post(url, { form: { to }, headers: { origin: desk.base }, maxRedirects: 0 });
      same(answer.status(), 303, `${to} it`);
    };
    const banner = (words) => bob.locator(".banner", { hasText: words });
    const text = () => control(bob, "intro", "textarea");
    const words = `Typed by Bob before the lock, ${Date.now()}.`;
    // What he types last does not reach the server any more.
    await bob.route("**/draft/", (route) => route.abort());
    await (await text()).fill(words);
    await becomes(bob, "offline");
    await lock("locked");
    const began = Date.now();
    await banner("Ann locked this page").waitFor();
    const took = Date.now() - began;
    await banner("kept in this browser").waitFor();
    await becomes(bob, "locked");
    const box = await text();
    holds(await box.isDisabled(), "the field can be changed");
    same(await box.inputValue(), words, "what he typed");
    same(await bob.locator(".editor-form :is(input, textarea, select, button):enabled:not([role=tab])").evaluateAll((all) => all.filter((one) => !one.closest(".banner")).length), 0, "controls that are on");
    same(await bob.locator(".editor-form [contenteditable=true]").count(), 0, "texts that can be changed");
    same(await bob.locator(".publish").count(), 0, "ways to publish");
    await bob.locator("vt-block .prose-text").first().focus();
    await bob.keyboard.type("Nobody reads this.");
    holds(!(await bob.locator(".editor-form").innerText()).includes("Nobody reads this"), "a text was changed");
    await bob.keyboard.press("Control+s");
    same(await state(bob), "locked", "the state after the key for saving");
    holds(!(await ann.locator(".banner", { hasText: "locked" }).count()), "whoever locked it is kept out");
    await desk.shoot("locked", bob);
    await bob.evaluate(desk.axe);
    const { violations } = await bob.evaluate(() => globalThis.axe.run({ resultTypes: ["violations"] }));
    same(violations.filter(({ impact }) => impact === "serious" || impact === "critical").map(({ id }) => id), [], "what axe finds on a locked page");
    await bob.unroute("**/draft/");
    await lock("open");
    await banner("not saved yet").waitFor();
    same(await (await text()).inputValue(), words, "what he typed is still there");
    await banner("not saved yet").getByRole("button", { name: "Save it" }).click();
    await saved(bob);
    same((await desk.stored(bob, desk.given.pages.post)).fields.intro, words, "what is stored");
    // Who opens it later reads it, too, and unlocks it where they may.
    await lock("locked");
    await desk.edit(bob, desk.given.pages.post);
    holds(await (await text()).isDisabled(), "a locked page opens to be changed");
    const opened = bob.waitForResponse((answer) => answer.url().endsWith("/lock/"));
    await banner("Ann locked this page").getByRole("button", { name: "Unlock it" }).click();
    await opened;
    await bob.waitForFunction(() => !document.querySelector("fieldset.whole").disabled);
    await (await text()).fill(`${words} And after.`);
    await saved(bob);
    return `told after ${took} ms`;
  },

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
