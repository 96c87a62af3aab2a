// The grid: as many cells as fit the window, whatever the length of the queue.

import { thumbnailAddress } from "./api.js";

const WIDTH = 136, HEIGHT = 154, SPARE_ROWS = 2;
const SIGNS = { keep: "✓ kept", reject: "✗ rejected" };

export class Grid extends EventTarget {
  current = 0;
  selected = new Set();    // indices
  #anchor = 0;
  #cells = new Map();      // index -> element
  #frame = 0;

  constructor(element, queue, open) {
    super();
    this.element = element;
    this.canvas = element.firstElementChild;
    this.queue = queue;
    element.addEventListener("scroll", () => this.draw());
    element.addEventListener("click", (event) => this.#click(event, open));
    element.addEventListener("dblclick", () => open());
    new ResizeObserver(() => this.draw()).observe(element);
    queue.addEventListener("change", () => this.draw());
  }

  get columns() { return Math.max(1, Math.floor(this.element.clientWidth / WIDTH)); }
  get rowsOnScreen() { return Math.max(1, Math.floor(this.element.clientHeight / HEIGHT)); }

  restart(at) {
    for (const cell of this.#cells.values()) cell.remove();
    this.#cells.clear();
    this.selected.clear();
    this.go(at);
  }

  go(index, extend = false) {
    if (!this.queue.total) { this.draw(); return; }
    const target = Math.min(Math.max(index, 0), this.queue.total - 1);
    if (extend) this.#selectRange(this.#anchor, target);
    else this.#anchor = target;
    this.current = target;
    const top = Math.floor(target / this.columns) * HEIGHT;
    const view = this.element;
    this.canvas.style.height = `${Math.ceil(this.queue.total / this.columns) * HEIGHT}px`;
    if (top < view.scrollTop) view.scrollTop = top;
    else if (top + HEIGHT > view.scrollTop + view.clientHeight) view.scrollTop = top + HEIGHT - view.clientHeight;
    this.draw();
  }

  toggle() {
    if (!this.selected.delete(this.current)) this.selected.add(this.current);
    this.draw();
  }

  selectAll() {
    for (let index = 0; index < this.queue.total; index++) this.selected.add(index);
    this.draw();
  }

  clearSelection() { this.selected.clear(); this.draw(); }

  draw() {
    cancelAnimationFrame(this.#frame);
    this.#frame = requestAnimationFrame(() => this.#draw());
  }

  #draw() {
    const { columns, queue, element } = this;
    this.canvas.style.height = `${Math.ceil(queue.total / columns) * HEIGHT}px`;
    const first = Math.max(0, (Math.floor(element.scrollTop / HEIGHT) - SPARE_ROWS) * columns);
    const rows = this.rowsOnScreen + 2 * SPARE_ROWS + 2;
    const last = Math.min(queue.total, first + rows * columns);
    for (const [index, cell] of this.#cells) {
      if (index < first || index >= last) { cell.querySelector("img").removeAttribute("src"); cell.remove(); this.#cells.delete(index); }
    }
    for (let index = first; index < last; index++) this.#place(index, columns);
    const active = this.#cells.get(this.current);
    if (active) element.setAttribute("aria-activedescendant", active.id);
    else element.removeAttribute("aria-activedescendant");
    this.dispatchEvent(new Event("draw"));
  }

  #place(index, columns) {
    const cell = this.#cells.get(index) ?? this.#make(index);
    cell.style.transform = `translate(${(index % columns) * WIDTH}px, ${Math.floor(index / columns) * HEIGHT}px)`;
    cell.classList.toggle("current", index === this.current);
    cell.setAttribute("aria-selected", this.selected.has(index));
    cell.setAttribute("aria-setsize", this.queue.total);
    const card = this.queue.card(index);
    if (card) show(cell, card);
  }

  #make(index) {
    const cell = document.createElement("div");
    cell.className = "cell";
    cell.id = `cell-${index}`;
    cell.dataset.index = index;
    cell.setAttribute("role", "option");
    cell.setAttribute("aria-posinset", index + 1);
    const picture = document.createElement("img");
    picture.decoding = "async";
    picture.alt = "";
    const mark = document.createElement("span");
    mark.className = "mark";
    cell.append(picture, mark);
    this.canvas.append(cell);
    this.#cells.set(index, cell);
    return cell;
  }

  #click(event, open) {
    const cell = event.target.closest(".cell");
    if (!cell) return;
    const index = Number(cell.dataset.index);
    if (event.ctrlKey || event.metaKey) { this.go(index); this.toggle(); }
    else this.go(index, event.shiftKey);
  }

  #selectRange(from, to) {
    this.selected.clear();
    for (let index = Math.min(from, to); index <= Math.max(from, to); index++) this.selected.add(index);
  }
}

export function describe(card) {
  const decision = card.disputed ? "⚡ disputed" : SIGNS[card.decision];
  return decision ?? (card.verdict === "kept" ? "" : `– ${card.verdict}`);
}

function show(cell, card) {
  const picture = cell.querySelector("img"), mark = cell.querySelector(".mark"), address = thumbnailAddress(card);
  if (picture.getAttribute("src") !== address) picture.src = address;
  picture.alt = `${card.title || "untitled"} by ${card.artist || "unknown artist"}`;
  cell.dataset.face = card.face_id;
  cell.classList.toggle("out", card.verdict !== "kept");
  mark.className = `mark ${card.disputed ? "disputed" : card.decision}`;
  mark.textContent = describe(card) || card.title;
}
