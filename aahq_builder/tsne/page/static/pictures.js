/** The thumbnails: atlases of WebP in the page, decoded when a view needs them, the latest kept. */

import { count, faces, facts } from "./facts.js";

const PER_ATLAS = facts.columns ** 2;
const ATLASES = Math.ceil(count / PER_ATLAS);
/** Decoded atlases take 19 MB each, once as picture and once as pixels. */
export const MOST_DECODED = 24;

/** Where each atlas lies on the map: neighbours share one. */
export const atlasBounds = Array.from({ length: ATLASES }, (_, atlas) => {
  const [start, end] = [atlas * PER_ATLAS, Math.min(count, (atlas + 1) * PER_ATLAS)];
  const bounds = { start, end, left: Infinity, right: -Infinity, low: Infinity, high: -Infinity };
  for (let index = start; index < end; index++) {
    bounds.left = Math.min(bounds.left, faces.x[index]);
    bounds.right = Math.max(bounds.right, faces.x[index]);
    bounds.low = Math.min(bounds.low, faces.y[index]);
    bounds.high = Math.max(bounds.high, faces.y[index]);
  }
  return bounds;
});

/** Atlas of a face, and where its thumbnail lies in it, px. */
export function tileOf(index) {
  const cell = index % PER_ATLAS;
  return {
    atlas: Math.floor(index / PER_ATLAS),
    left: (cell % facts.columns) * facts.tile,
    top: Math.floor(cell / facts.columns) * facts.tile,
  };
}

/** Events: `arrived` when an atlas has been decoded. */
export class Pictures extends EventTarget {
  constructor() {
    super();
    this.decoded = new Map();
    this.underway = new Set();
  }

  /** {bitmap, pixels, width} of an atlas; null while it is being decoded, which this begins. */
  atlas(number) {
    const known = this.decoded.get(number);
    if (!known) {
      this.#decode(number);
      return null;
    }
    this.decoded.delete(number); // the latest used stand last
    this.decoded.set(number, known);
    return known;
  }

  /** The same, waited for. */
  async whole(number) {
    await this.#decode(number);
    return this.decoded.get(number);
  }

  async #decode(number) {
    if (this.decoded.has(number) || this.underway.has(number)) return;
    this.underway.add(number);
    try {
      const bitmap = await createImageBitmap(new Blob([await bytesOf(number)], { type: "image/webp" }));
      const pad = new OffscreenCanvas(bitmap.width, bitmap.height).getContext("2d", { willReadFrequently: true });
      pad.drawImage(bitmap, 0, 0);
      const pixels = new Uint32Array(pad.getImageData(0, 0, bitmap.width, bitmap.height).data.buffer);
      this.decoded.set(number, { bitmap, pixels, width: bitmap.width });
      for (const old of this.decoded.keys()) {
        if (this.decoded.size <= MOST_DECODED) break;
        this.decoded.delete(old);
      }
    } finally {
      this.underway.delete(number);
    }
    this.dispatchEvent(new Event("arrived"));
  }

  /** Draw the thumbnail of a face over the whole of a canvas, as soon as it is there. */
  async drawOn(canvas, index) {
    canvas.face = index;
    const { atlas, left, top } = tileOf(index);
    while (!this.atlas(atlas)) await new Promise((resolve) => this.addEventListener("arrived", resolve, { once: true }));
    if (canvas.face !== index) return; // another face came while this one was decoded
    const pen = canvas.getContext("2d");
    pen.imageSmoothingQuality = "high";
    pen.drawImage(this.atlas(atlas).bitmap, left, top, facts.tile, facts.tile, 0, 0, canvas.width, canvas.height);
  }
}

/** The bytes of an atlas; the map is drawn before the page has been read to its end, where they stand. */
async function bytesOf(number) {
  let place = document.getElementById(`atlas-${number}`);
  if (!place?.nextElementSibling && document.readyState === "loading") {
    await new Promise((resolve) => document.addEventListener("DOMContentLoaded", resolve, { once: true }));
    place = document.getElementById(`atlas-${number}`);
  }
  const text = atob(place.textContent);
  const bytes = new Uint8Array(text.length);
  for (let i = 0; i < bytes.length; i++) bytes[i] = text.charCodeAt(i);
  return bytes;
}
