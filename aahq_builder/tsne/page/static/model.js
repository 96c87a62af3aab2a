/** What is shown just now: colours, groups switched off, selected faces, the face under the pointer, the pinned one. */

import { count, faces } from "./facts.js";
import { groupsBy } from "./groups.js";

/** Events: `groups`, `selected` (detail: who selected), `hovered`, `pinned`. */
export class Model extends EventTarget {
  constructor(fact) {
    super();
    this.off = new Set();
    this.selected = null;
    this.hovered = this.pinned = -1;
    this.places = new Map(faces.id.map((id, index) => [id, index]));
    this.colourBy(fact);
  }

  #tell(kind, detail = "") {
    this.dispatchEvent(new CustomEvent(kind, { detail }));
  }

  colourBy(fact) {
    this.fact = fact;
    this.groups = groupsBy(fact);
    this.off.clear();
    this.#tell("groups");
  }

  switchGroup(group, on) {
    if (on) this.off.delete(group);
    else this.off.add(group);
    this.#tell("groups");
  }

  isShown(index) {
    return !this.off.has(this.groups.of[index]);
  }

  /** Select these faces; none clears the selection. `how` names what selected them: lasso, cluster, search, view, parent. */
  select(indices, how) {
    this.selected = indices.length || how === "search" ? new Uint8Array(count) : null;
    for (const index of indices) this.selected[index] = 1;
    this.#tell("selected", how);
  }

  selectedIndices() {
    const indices = [];
    if (this.selected) this.selected.forEach((is, index) => is && indices.push(index));
    return indices;
  }

  selectedIds() {
    return this.selectedIndices().map((index) => faces.id[index]);
  }

  idOf(index) {
    return faces.id[index];
  }

  /** Where faces stand in the columns; ids that are not on the map are left out. */
  indicesOf(ids) {
    return ids.map((id) => this.places.get(id)).filter((index) => index !== undefined);
  }

  hover(index) {
    if (index === this.hovered) return;
    this.hovered = index;
    this.#tell("hovered");
  }

  pin(index) {
    this.pinned = index;
    this.#tell("pinned");
  }

  /** Take note of decisions, face id to `keep`, `reject` or nothing. */
  decide(decisions) {
    for (const [id, decision] of Object.entries(decisions)) {
      const index = this.places.get(id);
      if (index !== undefined && ["keep", "reject", ""].includes(decision)) faces.decision[index] = decision;
    }
    if (this.fact === "decision") this.groups = groupsBy("decision");
    this.#tell("groups");
  }
}
