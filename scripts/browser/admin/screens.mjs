// Each screen of the editor, light and dark, wide and narrow: axe finds nothing serious, nothing scrolls sideways.
import { holds } from "./desk.mjs";

const SCREENS = {
  home: async (page, desk) => page.goto(`${desk.base}/admin/`),
  editor: async (page, desk) => desk.edit(page, desk.given.pages.every),
  promote: async (page) => page.click("#tab-promote"),
  outline: async (page) => {
    await page.click("#tab-content");
    await page.locator(".tool-outline").click();
    await page.locator(".outline").waitFor();
  },
  "block-picker": async (page) => {
    await page.locator("button.add").first().click();
    await page.locator("dialog .picker").waitFor();
  },
  "page-chooser": async (page) => {
    await page.keyboard.press("Escape");
    await page.locator("vt-field .kind-page button:has-text('Change'), vt-field .kind-page .choose").first().click();
    await page.locator("dialog .take").first().waitFor();
  },
  "image-chooser": async (page) => {
    await page.keyboard.press("Escape");
    await page.locator("vt-field .kind-image button:has-text('Change'), vt-field .kind-image .choose").first().click();
    await page.locator("dialog .thumbs img").first().waitFor();
  },
  shortcuts: async (page) => {
    await page.keyboard.press("Escape");
    await page.locator("#tab-content").focus();
    await page.keyboard.press("?");
    await page.locator("dialog .keys").waitFor();
  },
  "command-bar": async (page) => {
    await page.keyboard.press("Escape");
    await page.keyboard.press("Control+k");
    await page.keyboard.type("cal");
    await page.locator("dialog [role=option]").first().waitFor();
  },
  schedule: async (page) => {
    await page.keyboard.press("Escape");
    await page.locator(".editor-tools .menu summary").click();
    await page.locator(".editor-tools .menu button", { hasText: "Schedule" }).click();
    await page.locator("dialog #publish_at").waitFor();
  },
  history: async (page, desk) => page.goto(`${desk.base}/admin/pages/${desk.given.pages.post}/history/`),
};

export async function check(desk, view, screens = SCREENS) {
  const { colorScheme, width, height, forcedColors = "none", isMirrored = false } = view;
  const page = await desk.signIn("ann", { colorScheme, forcedColors, viewport: { width, height } });
  const look = [colorScheme, width, forcedColors === "active" ? "forced" : "", isMirrored ? "rtl" : ""].filter(Boolean).join("-");
  // As in a language that is written from right to left.
  if (isMirrored) await page.addInitScript(() => document.addEventListener("DOMContentLoaded", () => (document.documentElement.dir = "rtl")));
  const findings = [];
  for (const [name, show] of Object.entries(screens)) {
    try {
      await show(page, desk);
      await page.waitForTimeout(100);
      ((desk.visited ??= {})[colorScheme] ??= new Set()).add(new URL(page.url()).pathname);
      const [content, window] = await page.evaluate(() => [document.documentElement.scrollWidth, document.documentElement.clientWidth]);
      if (content > window) findings.push(`${name} scrolls sideways: ${content} px in ${window}`);
      await page.evaluate(desk.axe);
      const { violations } = await page.evaluate(() => axe.run({ resultTypes: ["violations"] }));
      for (const { id, impact, nodes } of violations.filter(({ impact }) => ["serious", "critical"].includes(impact))) {
        findings.push(`${name}: ${id} (${impact}), ${nodes.length} times: ${nodes[0].html.slice(0, 160)} ${nodes[0].failureSummary.slice(0, 200)}`);
      }
    } catch (error) {
      findings.push(`${name}: ${error.message.split("\n")[0]}`);
    }
    await desk.shoot(`${name}-${look}`, page);
  }
  holds(findings.length === 0, findings.join("\n      "));
  return `${Object.keys(screens).length} screens`;
}

export const screenChecks = {
  "screens, light on a desk": (desk) => check(desk, { colorScheme: "light", width: 1440, height: 900 }),
  "screens, dark on a desk": (desk) => check(desk, { colorScheme: "dark", width: 1440, height: 900 }),
  "screens, light on a phone": (desk) => check(desk, { colorScheme: "light", width: 375, height: 812 }),
  "screens, dark on a phone": (desk) => check(desk, { colorScheme: "dark", width: 375, height: 812 }),
};
