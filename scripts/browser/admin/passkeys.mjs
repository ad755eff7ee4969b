// Passkeys, with a device that Chromium pretends to have: one is added, signs in by the button and by the field of the name,
// and is taken away. Browsers take them on localhost, and not at an address.
import { holds, same } from "./desk.mjs";

const DEVICE = { protocol: "ctap2", transport: "internal", hasResidentKey: true, hasUserVerification: true, isUserVerified: true, automaticPresenceSimulation: true };
const BUTTON = "[data-passkey-sign-in] button";
const FORM = "form[data-passkey-add]";

/** A page without a session, and its device. */
async function withDevice(desk) {
  const browser = await desk.launch();
  const context = await browser.newContext({ viewport: { width: 1440, height: 900 }, reducedMotion: "reduce" });
  context.setDefaultTimeout(5000);
  context.setDefaultNavigationTimeout(20_000);
  desk.contexts.push(context);
  const page = await context.newPage();
  desk.watch(page);
  desk.page = page;
  const tools = await context.newCDPSession(page);
  await tools.send("WebAuthn.enable");
  const { authenticatorId } = await tools.send("WebAuthn.addVirtualAuthenticator", { options: DEVICE });
  const present = (enabled) => tools.send("WebAuthn.setAutomaticPresenceSimulation", { authenticatorId, enabled });
  const keys = async () => (await tools.send("WebAuthn.getCredentials", { authenticatorId })).credentials;
  return { page, present, keys };
}

async function add(page, name, password) {
  await page.fill(`${FORM} [name=name]`, name);
  await page.fill(`${FORM} [name=current]`, password);
  await page.click(`${FORM} button`);
}

async function axe(desk, page, name) {
  await desk.shoot(name, page, { fullPage: true });
  await page.evaluate(desk.axe);
  const { violations } = await page.evaluate(() => globalThis.axe.run({ resultTypes: ["violations"] }));
  const found = violations.filter(({ impact }) => ["serious", "critical"].includes(impact)).map(({ id, nodes }) => `${id}: ${nodes[0].html}`);
  holds(found.length === 0, `${name}: ${found.join("; ")}`);
}

async function signOut(page, local) {
  await page.context().clearCookies();
  await page.goto(`${local}/admin/login/?next=/admin/account/`);
}

async function passkeys(desk) {
  const local = desk.base.replace("127.0.0.1", "localhost");
  const { page, present, keys } = await withDevice(desk);
  await page.goto(`${local}/admin/login/`);
  await page.fill("[name=username]", "bob");
  await page.fill("[name=password]", desk.given.password);
  await present(false);
  await page.click("main button[type=submit]");
  await page.waitForURL(/\/admin\/$/);
  await page.goto(`${local}/admin/account/`);
  await present(true);
  await add(page, "Bob's desk", "not his");
  await page.locator(`${FORM} [data-problem]`, { hasText: "This is not your password." }).waitFor();
  same(await page.getAttribute(`${FORM} [name=current]`, "aria-invalid"), "true", "the field of the password");
  same(await page.inputValue(`${FORM} [name=name]`), "Bob's desk", "what was typed");
  await add(page, "Bob's desk", desk.given.password);
  await page.waitForURL(/said=passkey-added/);
  await page.locator(".rows strong", { hasText: "Bob's desk" }).waitFor();
  const [key] = await keys();
  same([key.rpId, key.isResidentCredential], ["localhost", true], "what the device keeps");
  await axe(desk, page, "account-passkeys");
  await add(page, "The same again", desk.given.password);
  await page.locator(`${FORM} [data-problem]`, { hasText: "has a passkey for your account already" }).waitFor();

  await present(false);
  await signOut(page, local);
  await axe(desk, page, "login-passkey");
  await present(true);
  await page.click(BUTTON);
  await page.waitForURL(/\/admin\/account\/$/);
  await page.locator("text=last used").waitFor();
  // The device is asked by the field of the name alone, and answers at once.
  await signOut(page, local);
  await page.waitForURL(/\/admin\/account\/$/);

  await page.locator(".rows details.change summary").click();
  await page.locator(".rows details.change [name=current]").fill(desk.given.password);
  await page.locator(".rows details.change button", { hasText: "Remove" }).click();
  await page.locator("text=The passkey is removed.").waitFor();
  await signOut(page, local);
  await page.locator("[data-passkey-sign-in] [data-problem]", { hasText: "This passkey was not taken." }).waitFor();
  holds(page.url().includes("/admin/login/"), "a passkey that was removed signs nobody in");
  return "added, used twice, removed";
}

async function withoutThem(desk) {
  const browser = await desk.launch();
  const local = desk.base.replace("127.0.0.1", "localhost");
  for (const [what, options, base] of [["without JavaScript", { javaScriptEnabled: false }, local], ["at an address", {}, desk.base], ["in an old browser", {}, local]]) {
    const context = await browser.newContext(options);
    desk.contexts.push(context);
    if (what.includes("old")) await context.addInitScript(() => delete window.PublicKeyCredential);
    const page = await context.newPage();
    desk.watch(page);
    await page.goto(`${base}/admin/login/`);
    await page.locator("main button[type=submit]").waitFor();
    holds(!(await page.locator(BUTTON).isVisible()), `${what} there is a button`);
  }
}

export const passkeyChecks = {
  "a passkey is added, signs in, and is removed": passkeys,
  "where passkeys do not work, none is offered": withoutThem,
};
