// The queue that is being worked through: frozen on the server, fetched a page at a time, decisions patched in.

import { get } from "./api.js";

const PAGE = 200;

export class Queue extends EventTarget {
  total = 0;
  note = "";               // why the order is not the one asked for
  #key = "";
  #parameters = {};
  #cards = new Map();      // index -> card
  #places = new Map();     // face_id -> index
  #asked = new Set();      // pages under way or there

  async start(parameters, around = "") {
    const { key, total, at, note } = await get("/api/queue", { ...parameters, around });
    const page = Math.floor(at / PAGE);
    const cards = total ? await get(`/api/queue/${key}`, { offset: page * PAGE, limit: PAGE }) : [];
    // all at once: until here the old queue is on the screen, and keys are about what is on the screen
    this.#parameters = parameters;
    this.#key = key;
    this.total = total;
    this.note = note;
    this.#cards.clear();
    this.#places.clear();
    this.#asked.clear();
    this.#asked.add(page);
    this.#put(page, cards);
    return at;
  }

  get key() { return this.#key; }

  card(index) {
    const card = this.#cards.get(index);
    if (!card && index >= 0 && index < this.total) this.#load(Math.floor(index / PAGE));
    return card;
  }

  async wait(index) {
    if (!this.#cards.has(index) && index >= 0 && index < this.total) {
      this.#asked.delete(Math.floor(index / PAGE));
      await this.#load(Math.floor(index / PAGE));
    }
    return this.#cards.get(index);
  }

  patch(cards) {
    for (const card of cards) {
      const index = this.#places.get(card.face_id);
      if (index !== undefined) this.#cards.set(index, card);
    }
    this.dispatchEvent(new Event("change"));
  }

  async #load(page) {
    if (this.#asked.has(page)) return;
    this.#asked.add(page);
    const key = this.#key;
    let cards;
    try {
      cards = await get(`/api/queue/${key}`, { offset: page * PAGE, limit: PAGE });
    } catch (error) {
      this.#asked.delete(page);
      // the server was started anew and has forgotten the queue: ask the same question again
      if (error.status === 410) { await this.start(this.#parameters); this.dispatchEvent(new Event("change")); return; }
      this.dispatchEvent(new CustomEvent("trouble", { detail: error }));
      return;
    }
    if (key !== this.#key) return;
    this.#put(page, cards);
    this.dispatchEvent(new Event("change"));
  }

  #put(page, cards) {
    cards.forEach((card, place) => {
      this.#cards.set(page * PAGE + place, card);
      this.#places.set(card.face_id, page * PAGE + place);
    });
  }
}
