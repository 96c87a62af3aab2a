// The style map beside the grid: a page of its own, in a frame. The two send each other face ids, nothing else.

import { get } from "./api.js";

export class MapPane extends EventTarget {
  #isThere = false;        // whether the page in the frame listens
  #decisions = {};
  #toShow = null;          // faces, until the page is there

  constructor(section) {
    super();
    this.section = section;
    this.frame = section.querySelector("iframe");
    this.note = section.querySelector("p");
    window.addEventListener("message", (event) => this.#hear(event));
    this.frame.addEventListener("load", () => { this.#isThere = this.frame.hasAttribute("src"); this.#greet(); });
  }

  get isOpen() { return !this.section.hidden; }

  async open() {
    this.section.hidden = false;
    const { version, note, decisions } = await get("/api/map");
    this.note.textContent = note;
    this.frame.hidden = !version;
    this.#decisions = decisions;
    const address = `/map?v=${version}`;
    if (!version) return;
    if (this.frame.getAttribute("src") === address) { this.#greet(); return; }
    this.#isThere = false;
    this.frame.src = address;
  }

  close() { this.section.hidden = true; }

  show(ids) {
    this.#toShow = ids;
    if (this.isOpen) this.#showWaiting();
    else this.open();
  }

  recolour(cards) {
    const decisions = Object.fromEntries(cards.map((card) => [card.face_id, card.decision]));
    Object.assign(this.#decisions, decisions);
    this.#say({ type: "decisions", decisions });
  }

  #greet() {
    if (!this.#isThere) return;
    this.#say({ type: "decisions", decisions: this.#decisions });
    this.#showWaiting();
  }

  #showWaiting() {
    if (!this.#isThere || !this.#toShow) return;
    this.#say({ type: "show", ids: this.#toShow });
    this.#toShow = null;
  }

  // the page runs as a site without a name, so none can be given; the policy of this page keeps others out of the frame
  #say(message) { if (this.#isThere) this.frame.contentWindow.postMessage(message, "*"); }

  #hear(event) {
    if (event.source !== this.frame.contentWindow) return;
    const { type, ids, id, how } = event.data ?? {};
    if (type === "faces" && Array.isArray(ids)) this.dispatchEvent(new CustomEvent("faces", { detail: { ids, how } }));
    if (type === "face" && typeof id === "string") this.dispatchEvent(new CustomEvent("face", { detail: id }));
  }
}
