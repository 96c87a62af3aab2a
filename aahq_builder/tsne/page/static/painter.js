/** Draws the map: dots from afar, thumbnails with a frame of their group's colour from near. */

import { SIDE, faces, facts } from "./facts.js";
import { GROUND } from "./groups.js";
import { MOST_DECODED, atlasBounds, tileOf } from "./pictures.js";
import { blit, disc, discOffsets, faded, packed, square } from "./pixels.js";

const REST_MS = 150;
const ground = packed(GROUND);

export class Painter {
  constructor(canvas, view, model, pictures) {
    Object.assign(this, { canvas, view, model, pictures });
    this.pen = canvas.getContext("2d", { alpha: false, willReadFrequently: true });
    this.waiting = this.rest = 0;
    for (const [source, kind] of [[view, "moved"], [model, "groups"], [model, "selected"], [pictures, "arrived"]]) {
      source.addEventListener(kind, () => this.request());
    }
  }

  resize(width, height) {
    this.ratio = Math.min(2, window.devicePixelRatio || 1);
    [this.canvas.width, this.canvas.height] = [Math.round(width * this.ratio), Math.round(height * this.ratio)];
    this.image = this.pen.createImageData(this.canvas.width, this.canvas.height);
    this.frame = { pixels: new Uint32Array(this.image.data.buffer), width: this.image.width, height: this.image.height };
    this.view.resize(width, height);
  }

  request() {
    if (this.waiting || !this.frame) return;
    this.waiting = requestAnimationFrame(() => {
      this.waiting = 0;
      this.draw();
    });
  }

  draw() {
    clearTimeout(this.rest);
    this.colours = this.model.groups.colours.map(packed);
    this.frame.pixels.fill(ground);
    const seen = atlasBounds.map((bounds, atlas) => (this.#isSeen(bounds) ? atlas : -1)).filter((atlas) => atlas >= 0);
    const needed = this.view.showsPictures ? seen.slice(0, MOST_DECODED) : [];
    this.atlases = new Map(needed.map((number) => [number, this.pictures.atlas(number)]));
    for (const bright of this.model.selected ? [0, 1] : [1]) {
      if (this.view.showsPictures) this.#eachFace(seen, bright, (...place) => this.#thumbnail(...place));
      else this.#dots(seen, bright);
    }
    this.pen.putImageData(this.image, 0, 0);
    if (this.view.showsPictures) this.rest = setTimeout(() => this.#smooth(seen), REST_MS);
  }

  #isSeen({ left, right, low, high }) {
    const [x, y] = [this.view.width / 2 / this.view.scale + SIDE, this.view.height / 2 / this.view.scale + SIDE];
    const { view } = this;
    return left < view.x + x && right > view.x - x && low < view.y + y && high > view.y - y;
  }

  /** Calls `draw(index, left, top, side, bright)` for faces in view, in px of the canvas; those switched off are left out. */
  #eachFace(seen, bright, draw) {
    const { view, ratio, frame } = this;
    const { selected, groups } = this.model;
    const shown = groups.labels.map((_, group) => !this.model.off.has(group));
    const side = Math.round(view.side * ratio);
    const [scale, middleX, middleY] = [view.scale * ratio, frame.width / 2, frame.height / 2];
    for (const atlas of seen) {
      const { start, end } = atlasBounds[atlas];
      for (let index = start; index < end; index++) {
        if (!shown[groups.of[index]] || (selected && selected[index] !== bright)) continue;
        const left = Math.round((faces.x[index] - view.x) * scale + middleX - side / 2);
        const top = Math.round((view.y - faces.y[index]) * scale + middleY - side / 2);
        if (left > frame.width || top > frame.height || left < -side || top < -side) continue;
        draw(index, left, top, side, bright);
      }
    }
  }

  #dots(seen, bright) {
    const diameter = Math.round(this.view.side * this.ratio);
    const offsets = discOffsets(diameter, this.frame.width);
    const colours = bright ? this.colours : this.colours.map((colour) => faded(colour, ground));
    const { of } = this.model.groups;
    this.#eachFace(seen, bright, (index, left, top) => disc(this.frame, left, top, diameter, offsets, colours[of[index]]));
  }

  #thumbnail(index, left, top, side, bright) {
    const edge = this.#edge(side);
    const colour = this.colours[this.model.groups.of[index]];
    square(this.frame, left, top, side, bright ? colour : faded(colour, ground));
    const tile = tileOf(index);
    const atlas = this.atlases.get(tile.atlas);
    if (atlas) {
      blit(this.frame, left + edge, top + edge, side - 2 * edge, atlas, tile, facts.tile, bright ? null : ground);
    }
  }

  #edge(side) {
    return Math.max(1, Math.min(Math.round(3 * this.ratio), Math.round(side / 24)));
  }

  /** The same picture drawn finely, once nothing moves. */
  #smooth(seen) {
    const { pen } = this;
    pen.imageSmoothingQuality = "high";
    for (const bright of this.model.selected ? [0, 1] : [1]) {
      this.#eachFace(seen, bright, (index, left, top, side) => {
        const tile = tileOf(index);
        const atlas = this.atlases.get(tile.atlas);
        if (!atlas) return;
        const [edge, colour] = [this.#edge(side), this.colours[this.model.groups.of[index]]];
        pen.fillStyle = cssOf(bright ? colour : faded(colour, ground));
        pen.fillRect(left, top, side, side);
        pen.fillStyle = GROUND;
        if (!bright) pen.fillRect(left + edge, top + edge, side - 2 * edge, side - 2 * edge);
        pen.globalAlpha = bright ? 1 : 0.25;
        const inner = [left + edge, top + edge, side - 2 * edge, side - 2 * edge];
        pen.drawImage(atlas.bitmap, tile.left, tile.top, facts.tile, facts.tile, ...inner);
        pen.globalAlpha = 1;
      });
    }
  }
}

function cssOf(colour) {
  return `rgb(${colour & 255} ${(colour >> 8) & 255} ${(colour >> 16) & 255})`;
}
