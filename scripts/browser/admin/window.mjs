// A window of a browser whose tabs are hidden when another one is shown, as on a desk: Playwright keeps all of its pages
// visible. It is driven through the browser's own pipe.
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** Between two looks, and the longest that something is waited for on a busy machine, in milliseconds. */
const LOOK_MS = 50;
const LONGEST_MS = 30_000;

export class Window {
  constructor(chromiumPath, args) {
    this.folder = mkdtempSync(join(tmpdir(), "vitrine-window-"));
    const flags = [...args, "--headless=new", "--window-size=1440,900", `--user-data-dir=${this.folder}`, "--remote-debugging-pipe", "--no-first-run", "about:blank"];
    this.child = spawn(chromiumPath, flags, { stdio: ["ignore", "ignore", "ignore", "pipe", "pipe"], detached: true });
    [, , , this.to, this.from] = this.child.stdio;
    this.waiting = new Map();
    this.last = 0;
    let text = "";
    this.from.setEncoding("utf8");
    this.from.on("data", (part) => {
      const messages = (text + part).split("\0");
      text = messages.pop();
      for (const message of messages) this.hear(JSON.parse(message));
    });
  }

  hear({ id, result, error }) {
    const wait = this.waiting.get(id);
    this.waiting.delete(id);
    if (error) wait?.refuse(new Error(error.message));
    else wait?.take(result);
  }

  send(method, params = {}, sessionId = undefined) {
    return new Promise((take, refuse) => {
      this.last += 1;
      this.waiting.set(this.last, { take, refuse });
      this.to.write(`${JSON.stringify({ id: this.last, method, params, sessionId })}\0`);
    });
  }

  async setCookies(cookies) {
    await this.send("Storage.setCookies", { cookies });
  }

  /** A new tab, which hides the one before. */
  async open(url) {
    const { targetId } = await this.send("Target.createTarget", { url });
    const { sessionId } = await this.send("Target.attachToTarget", { targetId, flatten: true });
    return new Tab(this, targetId, sessionId);
  }

  end() {
    process.kill(-this.child.pid, "SIGKILL");
    rmSync(this.folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
  }
}

class Tab {
  constructor(window, target, session) {
    Object.assign(this, { window, target, session });
  }

  show() {
    return this.window.send("Target.activateTarget", { targetId: this.target });
  }

  close() {
    return this.window.send("Target.closeTarget", { targetId: this.target });
  }

  go(url) {
    return this.window.send("Page.navigate", { url }, this.session);
  }

  async run(expression) {
    const { result, exceptionDetails } = await this.window.send("Runtime.evaluate", { expression, awaitPromise: true, returnByValue: true }, this.session);
    if (exceptionDetails) throw new Error(exceptionDetails.exception?.description ?? exceptionDetails.text);
    return result.value;
  }

  where() {
    return this.run("`${location.href}, ${document.readyState}, ${document.visibilityState}`").catch((error) => error.message);
  }

  /** The milliseconds until it is so. */
  async until(expression, what, longest = LONGEST_MS) {
    const began = Date.now();
    while (!(await this.run(expression).catch(() => false))) {
      if (Date.now() - began > longest) throw new Error(`after ${longest} ms not so: ${what}; at ${await this.where()}`);
      await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
    }
    return Date.now() - began;
  }
}
