// Dragging a block by its handle, with a mouse, a pen or a finger: a line shows where it will stand; Esc leaves it.

/** Near the window's edge the page scrolls: within this many pixels, by so many a frame. */
const EDGE = 80;
const STEP = 14;

export function dragBlock(stream: HTMLElement, start: PointerEvent, from: number, drop: (to: number) => void): void {
  if (start.button !== 0) return;
  start.preventDefault();
  const items = [...stream.querySelectorAll<HTMLElement>(":scope > .blocks > li")];
  const dragged = items[from];
  if (!dragged) return;
  const handle = start.target as Element;
  const line = document.createElement("div");
  line.className = "drop-line";
  let gap = from;
  let pointerY = start.clientY;
  let frame = 0;

  const follow = () => {
    const below = items.findIndex((item) => {
      const box = item.getBoundingClientRect();
      return pointerY < box.top + box.height / 2;
    });
    gap = below === -1 ? items.length : below;
    const before = items[gap];
    before ? before.before(line) : items.at(-1)?.after(line);
    if (pointerY < EDGE) window.scrollBy(0, -STEP);
    if (pointerY > window.innerHeight - EDGE) window.scrollBy(0, STEP);
    frame = requestAnimationFrame(follow);
  };
  const move = (event: PointerEvent) => (pointerY = event.clientY);
  const end = (isDropped: boolean) => {
    cancelAnimationFrame(frame);
    line.remove();
    dragged.classList.remove("dragged");
    document.removeEventListener("pointermove", move);
    document.removeEventListener("pointerup", up);
    document.removeEventListener("pointercancel", cancel);
    document.removeEventListener("keydown", escape, true);
    if (isDropped) drop(gap > from ? gap - 1 : gap);
  };
  const up = () => end(true);
  const cancel = () => end(false);
  const escape = (event: KeyboardEvent) => {
    if (event.key !== "Escape") return;
    event.stopPropagation();
    end(false);
  };
  handle.setPointerCapture(start.pointerId);
  dragged.classList.add("dragged");
  document.addEventListener("pointermove", move);
  document.addEventListener("pointerup", up);
  document.addEventListener("pointercancel", cancel);
  document.addEventListener("keydown", escape, true);
  frame = requestAnimationFrame(follow);
}
