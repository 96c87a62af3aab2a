// Landmark repair: four handles on the artwork; while one is moved the server cuts the face out anew.

import { postForPreview } from "./api.js";
import { corners, size, svgElement } from "./single.js";

const NAMES = { eye_left: "left eye", eye_right: "right eye", mouth_left: "left corner of the mouth", mouth_right: "right corner of the mouth" };
const STEPS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

export class Repair {
  points = null;           // null: not repairing
  #handles = new Map();
  #dragged = null;
  #asked = 0;
  #busy = false;
  #again = false;

  constructor(single, complain) {
    this.single = single;
    this.complain = complain;
    const { svg } = single;
    svg.addEventListener("pointerdown", (event) => this.#grab(event));
    svg.addEventListener("pointermove", (event) => this.#drag(event));
    svg.addEventListener("pointerup", () => { this.#dragged = null; });
    svg.addEventListener("pointercancel", () => { this.#dragged = null; });
  }

  begin() {
    this.points = structuredClone(this.single.details.points);
    const radius = size(this.single.details.quad) / 28;
    this.single.svg.querySelectorAll(".dot").forEach((dot) => dot.remove());
    for (const [name, label] of Object.entries(NAMES)) {
      const handle = svgElement("circle", { class: "handle", r: radius, tabindex: 0, role: "button", "data-name": name });
      handle.setAttribute("aria-label", `${label}; arrow keys move it, with Shift by ten pixels`);
      this.#handles.set(name, handle);
      this.single.svg.append(handle);
      this.#draw(name);
    }
    this.#handles.get("eye_left").focus();
  }

  end() {
    this.points = null;
    this.#dragged = null;
    this.#asked++;
    this.#handles.forEach((handle) => handle.remove());
    this.#handles.clear();
    this.single.render(this.single.details);
  }

  // true if the key moved a handle
  key(event) {
    const name = document.activeElement?.dataset?.name, step = STEPS[event.key];
    if (!this.points || !name || !step) return false;
    const pixels = event.shiftKey ? 10 : 1;
    this.#move(name, this.points[name][0] + step[0] * pixels, this.points[name][1] + step[1] * pixels);
    return true;
  }

  #grab(event) {
    const handle = event.target.closest?.(".handle");
    if (!handle) return;
    event.preventDefault();
    handle.focus();
    this.single.svg.setPointerCapture(event.pointerId);
    this.#dragged = handle.dataset.name;
  }

  #drag(event) {
    if (!this.#dragged) return;
    const place = new DOMPoint(event.clientX, event.clientY).matrixTransform(this.single.svg.getScreenCTM().inverse());
    this.#move(this.#dragged, place.x, place.y);
  }

  #move(name, x, y) {
    this.points[name] = [x, y];
    this.#draw(name);
    this.#preview();
  }

  #draw(name) {
    const [x, y] = this.points[name], handle = this.#handles.get(name);
    handle.setAttribute("cx", x);
    handle.setAttribute("cy", y);
  }

  // one request at a time; what moved meanwhile is asked for when the answer is there
  async #preview() {
    if (this.#busy) { this.#again = true; return; }
    this.#busy = true;
    const asked = ++this.#asked;
    try {
      const preview = await postForPreview({ face_id: this.single.details.face_id, points: this.points });
      if (asked === this.#asked && this.points) this.#show(preview);
      this.complain("");
    } catch (error) {
      this.complain(error.message);
    }
    this.#busy = false;
    if (this.#again && this.points) { this.#again = false; this.#preview(); }
  }

  #show({ picture, quad }) {
    const { face, svg } = this.single, old = face.src;
    svg.querySelectorAll(".quad").forEach((line) => line.setAttribute("points", corners(quad)));
    face.src = URL.createObjectURL(picture);
    face.classList.add("preview");
    if (old.startsWith("blob:")) URL.revokeObjectURL(old);
  }
}
