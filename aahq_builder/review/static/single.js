// One face: the crop, the artwork it comes from, what is known about it. The next ones are fetched ahead.

import { faceAddress, get, originalAddress } from "./api.js";
import { describe } from "./grid.js";

const AHEAD = 3;
const SVG = "http://www.w3.org/2000/svg";

export function svgElement(name, attributes) {
  const element = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  return element;
}

export class Single {
  details = null;
  whole = false;
  #ahead = new Map();      // face_id -> promise of details
  #pictures = [];          // held so that the browser keeps them

  constructor(root, queue) {
    this.root = root;
    this.queue = queue;
    this.face = root.querySelector("#face");
    this.svg = root.querySelector("#original");
  }

  async show(index) {
    const card = await this.queue.wait(index);
    if (!card) return;
    const details = await this.#fetch(card);
    this.root.hidden = false;
    this.render(details);
    this.#fetchAhead(index);
  }

  render(details) {
    this.details = details;
    this.face.src = faceAddress(details);
    this.face.classList.remove("preview");
    this.face.alt = `Aligned face: ${details.artwork.title ?? "untitled"}`;
    this.root.querySelector("#caption").textContent = `${details.face_id}  ${describe(details)}`;
    this.drawArtwork();
    this.#facts();
  }

  forget(faceId) { this.#ahead.delete(faceId); }

  drawArtwork() {
    const { artwork, quad, points } = this.details;
    this.svg.replaceChildren();
    this.svg.setAttribute("viewBox", this.whole ? `0 0 ${artwork.width} ${artwork.height}` : around(quad));
    const { width, height } = artwork;
    const picture = svgElement("image", { href: originalAddress(artwork.artwork_id), width, height, preserveAspectRatio: "none" });
    this.svg.append(picture);
    this.drawQuad(quad);
    const radius = size(quad) / 90;
    for (const [x, y] of Object.values(points)) this.svg.append(svgElement("circle", { class: "dot", cx: x, cy: y, r: radius }));
  }

  drawQuad(quad) {
    for (const kind of ["quad shadow", "quad"]) {
      this.svg.append(svgElement("polygon", { class: kind, points: corners(quad) }));
    }
  }

  toggleWhole() { this.whole = !this.whole; this.drawArtwork(); }

  #fetch(card) {
    if (!this.#ahead.has(card.face_id)) this.#ahead.set(card.face_id, get(`/api/faces/${encodeURIComponent(card.face_id)}`));
    const promise = this.#ahead.get(card.face_id);
    this.#ahead.delete(card.face_id);
    return promise;
  }

  #fetchAhead(index) {
    this.#pictures.length = 0;
    for (let next = index + 1; next <= index + AHEAD; next++) {
      const card = this.queue.card(next);
      if (!card) continue;
      const picture = new Image();
      picture.src = faceAddress(card);
      this.#pictures.push(picture);
      if (!this.#ahead.has(card.face_id)) {
        const promise = get(`/api/faces/${encodeURIComponent(card.face_id)}`);
        promise.catch(() => this.forget(card.face_id));   // shown when the face is reached
        this.#ahead.set(card.face_id, promise);
      }
    }
  }

  #facts() {
    const { artwork, scores, judged, log } = this.details;
    const about = { Title: artwork.title, Artist: artwork.artist, Date: artwork.date, Licence: artwork.license,
      Credit: artwork.attribution, Source: artwork.source, "Face, px": Math.round(this.details.face_px),
      "Copy of": this.details.duplicate_of, Detector: this.details.detector, Verdict: this.details.verdict };
    const list = this.root.querySelector("#about");
    list.replaceChildren(...Object.entries(about).filter(([, value]) => value).flatMap(([name, value]) => pair(name, value)));
    if (artwork.page_url) list.append(...pair("Page", link(artwork.page_url)));
    this.root.querySelector("#scores").replaceChildren(...Object.entries(scores).sort().flatMap(([name, value]) => {
      const parts = pair(name, Number(value.toPrecision(4)));
      parts[0].classList.toggle("judged", judged.includes(name));
      return parts;
    }));
    this.root.querySelector("#log").replaceChildren(...log.filter((row) => row.decision !== "original").map((row) => {
      const item = document.createElement("li");
      item.textContent = `${row.reviewer}: ${row.decision}${row.reason ? ` (${row.reason})` : ""}, ${row.at.slice(0, 16).replace("T", " ")}`;
      return item;
    }));
  }
}

export function size(quad) { return Math.hypot(quad[3][0] - quad[0][0], quad[3][1] - quad[0][1]); }

export const corners = (quad) => quad.map((corner) => corner.join(",")).join(" ");

function around(quad) {
  const side = size(quad) * 1.5;
  const x = (quad[0][0] + quad[2][0]) / 2, y = (quad[0][1] + quad[2][1]) / 2;
  return `${x - side / 2} ${y - side / 2} ${side} ${side}`;
}

function pair(name, value) {
  const term = document.createElement("dt"), definition = document.createElement("dd");
  term.textContent = name;
  definition.append(value instanceof Node ? value : String(value));
  return [term, definition];
}

function link(address) {
  const anchor = document.createElement("a");
  anchor.href = address;
  anchor.textContent = address;
  anchor.target = "_blank";
  anchor.rel = "noopener noreferrer";
  return anchor;
}
