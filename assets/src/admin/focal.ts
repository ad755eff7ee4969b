// What must stay visible of an image (data-focal): set by a click, a drawn box or the keys, beside the four numbers, which
// work without a script.

import { make } from "./dom";
import { t } from "./texts";

interface Box {
  x: number;
  y: number;
  width: number;
  height: number;
}

/** A click makes a box of this share of the shorter side; keys move it by a hundredth of it, or ten. */
const USUAL_SHARE = 0.25;
const STEP_SHARE = 0.01;
const LARGE_STEPS = 10;
/** Moved less than this, in pixels of the screen, it was a click. */
const CLICK = 5;

const NAMES = ["x", "y", "width", "height"] as const;

export function watchFocalPoints(): void {
  for (const stage of document.querySelectorAll<HTMLElement>("[data-focal]")) watch(stage);
}

const within = (value: number, least: number, most: number) => Math.min(Math.max(value, least), Math.max(least, most));

function watch(stage: HTMLElement): void {
  const inputs = NAMES.map((name) => document.getElementById(`focal_${name}`) as HTMLInputElement | null);
  const image = stage.querySelector("img");
  const [sides, given] = [{ width: Number(stage.dataset.width), height: Number(stage.dataset.height) }, inputs.filter((input) => input !== null)];
  if (!image || given.length < NAMES.length || given.some((input) => input.disabled) || !sides.width || !sides.height) return;
  const frame = make("button", { type: "button", class: "focal-box", "aria-describedby": "focal-keys" });
  const surface = make("div", { class: "focal-surface" });
  const hint = make("p", { class: "quiet", id: "focal-keys" }, t.focalKeys);
  image.replaceWith(surface);
  surface.append(image, frame);
  surface.after(hint);
  image.draggable = false;
  const short = Math.min(sides.width, sides.height);

  const read = (): Box | null => {
    const [x, y, width, height] = given.map((input) => (input.value === "" ? NaN : Number(input.value)));
    return [x, y, width, height].every(Number.isFinite) ? { x: x!, y: y!, width: width!, height: height! } : null;
  };
  const show = () => {
    const box = read();
    frame.setAttribute("aria-label", box ? t.focalAt(Math.round((100 * box.x) / sides.width), Math.round((100 * box.y) / sides.height)) : t.focalNone);
    frame.classList.toggle("unset", box === null);
    const { x, y, width, height } = box ?? { x: sides.width / 2, y: sides.height / 2, width: short * USUAL_SHARE, height: short * USUAL_SHARE };
    frame.style.left = `${(100 * (x - width / 2)) / sides.width}%`;
    frame.style.top = `${(100 * (y - height / 2)) / sides.height}%`;
    frame.style.width = `${(100 * width) / sides.width}%`;
    frame.style.height = `${(100 * height) / sides.height}%`;
  };
  const write = (box: Box | null) => {
    // Even extents and whole numbers, so that it lies within the image for the server, too.
    const width = box ? within(2 * Math.round(box.width / 2), 2, sides.width - (sides.width % 2)) : 0;
    const height = box ? within(2 * Math.round(box.height / 2), 2, sides.height - (sides.height % 2)) : 0;
    const values = box && [within(Math.round(box.x), width / 2, sides.width - width / 2), within(Math.round(box.y), height / 2, sides.height - height / 2), width, height];
    given.forEach((input, at) => (input.value = values ? String(values[at]) : ""));
    show();
  };
  const usual = (x: number, y: number): Box => ({ x, y, width: read()?.width ?? short * USUAL_SHARE, height: read()?.height ?? short * USUAL_SHARE });

  surface.addEventListener("pointerdown", (event) => {
    if (event.button !== 0) return;
    event.preventDefault();
    frame.focus();
    surface.setPointerCapture(event.pointerId);
    const bounds = image.getBoundingClientRect();
    const at = (one: PointerEvent) => ({ x: ((one.clientX - bounds.left) * sides.width) / bounds.width, y: ((one.clientY - bounds.top) * sides.height) / bounds.height });
    const start = at(event);
    const held = event.target === frame ? read() : null;
    const move = (one: PointerEvent) => {
      const now = at(one);
      if (held) return write({ ...held, x: held.x + now.x - start.x, y: held.y + now.y - start.y });
      if (Math.hypot(one.clientX - event.clientX, one.clientY - event.clientY) < CLICK) return;
      write({ x: (start.x + now.x) / 2, y: (start.y + now.y) / 2, width: Math.abs(now.x - start.x), height: Math.abs(now.y - start.y) });
    };
    const end = (one: PointerEvent) => {
      surface.removeEventListener("pointermove", move);
      const isClick = Math.hypot(one.clientX - event.clientX, one.clientY - event.clientY) < CLICK;
      if (isClick && !held) write(usual(start.x, start.y));
    };
    surface.addEventListener("pointermove", move);
    surface.addEventListener("pointerup", end, { once: true });
    surface.addEventListener("pointercancel", () => surface.removeEventListener("pointermove", move), { once: true });
  });
  frame.addEventListener("keydown", (event) => {
    const steps: Record<string, [number, number]> = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
    const step = steps[event.key];
    if (event.key === "Delete" || event.key === "Backspace") write(null);
    else if (step) {
      const box = read() ?? usual(sides.width / 2, sides.height / 2);
      const far = Math.max(2, 2 * Math.round((short * STEP_SHARE * (event.altKey ? LARGE_STEPS : 1)) / 2));
      const [x, y] = [step[0] * far, step[1] * far];
      write(event.shiftKey ? { ...box, width: box.width + x, height: box.height + y } : { ...box, x: box.x + x, y: box.y + y });
    } else return;
    event.preventDefault();
  });
  for (const input of given) input.addEventListener("input", show);
  show();
}
