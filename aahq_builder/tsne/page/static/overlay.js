/** What lies over the map: the lasso while it is drawn, a ring around the face in question, a cross for the keyboard. */

const SVG = "http://www.w3.org/2000/svg";

export class Overlay {
  constructor(root, view, model) {
    Object.assign(this, { root, view, model });
    this.lasso = root.appendChild(document.createElementNS(SVG, "polygon"));
    this.ring = root.appendChild(document.createElementNS(SVG, "rect"));
    for (const [source, kind] of [[view, "moved"], [model, "hovered"], [model, "pinned"]]) {
      source.addEventListener(kind, () => this.#drawRing());
    }
  }

  /** Points of the lasso in px of the screen; none when it is done. */
  drawLasso(points) {
    this.lasso.setAttribute("points", points.map((point) => point.join(",")).join(" "));
  }

  #drawRing() {
    const index = this.model.hovered >= 0 ? this.model.hovered : this.model.pinned;
    this.ring.toggleAttribute("hidden", index < 0);
    if (index < 0) return;
    const [left, top] = this.view.toScreen(index);
    const side = this.view.side + 4;
    for (const [key, value] of Object.entries({ x: left - side / 2, y: top - side / 2, width: side, height: side })) {
      this.ring.setAttribute(key, value);
    }
  }
}

/** Whether a place lies within a polygon: a line from it to the right crosses its sides an odd number of times. */
export function isWithin(polygon, x, y) {
  let inside = false;
  for (let i = 0, before = polygon.length - 1; i < polygon.length; before = i++) {
    const [[ax, ay], [bx, by]] = [polygon[i], polygon[before]];
    if (ay > y !== by > y && x < ax + ((y - ay) / (by - ay)) * (bx - ax)) inside = !inside;
  }
  return inside;
}
