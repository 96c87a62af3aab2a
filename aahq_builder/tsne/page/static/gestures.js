/** Mouse, pen and fingers on the map: drag to move, wheel or two fingers to zoom, tap for a face, lasso to select. */

import { count } from "./facts.js";
import { isWithin } from "./overlay.js";

const CLICK_PX = 5;
const LINE_PX = 20;

export class Gestures {
  constructor(canvas, view, model, overlay) {
    Object.assign(this, { canvas, view, model, overlay });
    this.pointers = new Map();
    this.path = null;
    this.lassoIsOn = false;
    canvas.addEventListener("pointerdown", (event) => this.#down(event));
    canvas.addEventListener("pointermove", (event) => this.#move(event));
    canvas.addEventListener("pointerup", (event) => this.#up(event));
    canvas.addEventListener("pointercancel", (event) => this.#cancel(event));
    canvas.addEventListener("pointerleave", () => model.hover(-1));
    canvas.addEventListener("wheel", (event) => this.#wheel(event), { passive: false });
    canvas.addEventListener("dblclick", (event) => view.zoomAt(2, event.offsetX, event.offsetY));
  }

  #down(event) {
    this.canvas.setPointerCapture(event.pointerId);
    this.pointers.set(event.pointerId, [event.offsetX, event.offsetY]);
    this.travelled = this.pointers.size > 1 ? Infinity : 0;
    const draws = this.pointers.size === 1 && (this.lassoIsOn || event.shiftKey);
    this.path = draws ? [[event.offsetX, event.offsetY]] : null;
    this.overlay.drawLasso([]);
  }

  #move(event) {
    const place = [event.offsetX, event.offsetY];
    const before = this.pointers.get(event.pointerId);
    if (!before) {
      this.model.hover(this.#faceAt(place));
      return;
    }
    this.travelled += Math.hypot(place[0] - before[0], place[1] - before[1]);
    this.pointers.set(event.pointerId, place);
    if (this.path) {
      this.path.push(place);
      this.overlay.drawLasso(this.path);
    } else if (this.pointers.size === 1) {
      this.view.pan(place[0] - before[0], place[1] - before[1]);
    } else {
      this.#pinch(event.pointerId, before, place);
    }
  }

  /** The finger that moves turns the distance to the other one into the zoom. */
  #pinch(moved, before, place) {
    const [other] = [...this.pointers].find(([id]) => id !== moved).slice(1);
    const far = (a) => Math.max(1, Math.hypot(a[0] - other[0], a[1] - other[1]));
    this.view.pan((place[0] - before[0]) / 2, (place[1] - before[1]) / 2);
    this.view.zoomAt(far(place) / far(before), (place[0] + other[0]) / 2, (place[1] + other[1]) / 2);
  }

  #up(event) {
    const place = [event.offsetX, event.offsetY];
    if (this.path && this.path.length > 2) this.#select(this.path);
    else if (this.pointers.has(event.pointerId) && this.travelled < CLICK_PX) this.model.pin(this.#faceAt(place));
    this.#cancel(event);
  }

  #cancel(event) {
    this.pointers.delete(event.pointerId);
    this.path = null;
    this.overlay.drawLasso([]);
  }

  #select(path) {
    const inside = [];
    for (let index = 0; index < count; index++) {
      if (this.model.isShown(index) && isWithin(path, ...this.view.toScreen(index))) inside.push(index);
    }
    this.model.select(inside, "lasso");
  }

  #faceAt([left, top]) {
    return this.view.faceAt(left, top, (index) => this.model.isShown(index));
  }

  #wheel(event) {
    event.preventDefault();
    const moved = event.deltaY * (event.deltaMode ? LINE_PX : 1);
    this.view.zoomAt(Math.exp(-moved * (event.ctrlKey ? 0.01 : 0.002)), event.offsetX, event.offsetY);
  }
}
