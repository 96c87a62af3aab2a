/** Which part of the map is seen: its centre, and how many CSS px a map unit takes. y points up on the map, down on screen. */

import { SIDE, count, faces, facts } from "./facts.js";

const LARGEST = 4;
/** From this side, in CSS px, faces are pictures; below they are dots. */
export const PICTURE_PX = 10;
const DOT_PX = [3, 8];
/** How far from the pointer a dot is still meant, CSS px. */
const REACH_PX = 8;

export class View extends EventTarget {
  constructor() {
    super();
    this.x = this.y = 0;
    this.scale = 1;
    this.width = this.height = 1;
  }

  /** Side of a face in CSS px. */
  get side() {
    const side = SIDE * this.scale;
    return this.showsPictures ? side : Math.min(DOT_PX[1], Math.max(DOT_PX[0], side));
  }

  get showsPictures() {
    return SIDE * this.scale >= PICTURE_PX;
  }

  toScreen(index) {
    return [
      (faces.x[index] - this.x) * this.scale + this.width / 2,
      (this.y - faces.y[index]) * this.scale + this.height / 2,
    ];
  }

  resize(width, height) {
    [this.width, this.height] = [width, height];
    this.#moved();
  }

  pan(dx, dy) {
    this.#moveTo(this.x - dx / this.scale, this.y + dy / this.scale, this.scale);
  }

  /** Zoom so that what lies under a place on screen stays there. */
  zoomAt(factor, left, top) {
    const scale = this.#inBounds(this.scale * factor);
    const [dx, dy] = [left - this.width / 2, top - this.height / 2];
    const shift = 1 / this.scale - 1 / scale;
    this.#moveTo(this.x + dx * shift, this.y - dy * shift, scale);
  }

  /** Show these faces, or all. */
  fit(indices = null) {
    let [left, right, low, high] = [-0.5, 0.5, -0.5, 0.5];
    if (indices?.length) {
      [left, right, low, high] = [Infinity, -Infinity, Infinity, -Infinity];
      for (const index of indices) {
        left = Math.min(left, faces.x[index]);
        right = Math.max(right, faces.x[index]);
        low = Math.min(low, faces.y[index]);
        high = Math.max(high, faces.y[index]);
      }
    }
    const room = 1.3 * SIDE;
    const scale = Math.min(this.width / (right - left + room), this.height / (high - low + room));
    this.#moveTo((left + right) / 2, (low + high) / 2, this.#inBounds(scale));
  }

  /** The face at a place on screen; of pictures the one on top, of dots the nearest within reach; -1 if none. */
  faceAt(left, top, isShown) {
    const isOn = this.showsPictures ? (dx, dy) => Math.max(dx, dy) <= this.side / 2 : (dx, dy) => Math.hypot(dx, dy) <= REACH_PX;
    return this.#nearest(left, top, isShown, isOn, this.showsPictures);
  }

  /** The shown face nearest to the middle; -1 if none. */
  faceAtCross(isShown) {
    return this.#nearest(this.width / 2, this.height / 2, isShown, () => true, false);
  }

  #nearest(left, top, isShown, isOn, lastWins) {
    let [found, nearest] = [-1, Infinity];
    for (let index = 0; index < count; index++) {
      const dx = Math.abs((faces.x[index] - this.x) * this.scale + this.width / 2 - left);
      const dy = Math.abs((this.y - faces.y[index]) * this.scale + this.height / 2 - top);
      const distance = lastWins ? 0 : dx * dx + dy * dy;
      if (distance <= nearest && isOn(dx, dy) && isShown(index)) [found, nearest] = [index, distance];
    }
    return found;
  }

  /** The faces whose centres are in view. */
  facesInside(isShown) {
    const inside = [];
    for (let index = 0; index < count; index++) {
      const [left, top] = this.toScreen(index);
      if (left >= 0 && top >= 0 && left <= this.width && top <= this.height && isShown(index)) inside.push(index);
    }
    return inside;
  }

  #inBounds(scale) {
    const smallest = 0.5 * Math.min(this.width, this.height);
    return Math.max(smallest, Math.min(scale, (LARGEST * facts.tile) / SIDE));
  }

  #moveTo(x, y, scale) {
    this.x = Math.max(-0.5, Math.min(0.5, x));
    this.y = Math.max(-0.5, Math.min(0.5, y));
    this.scale = scale;
    this.#moved();
  }

  #moved() {
    this.dispatchEvent(new Event("moved"));
  }
}
