/** Search: the faces whose title, artist, source, licence or id contains all the words. */

import { count, faces, nameOf } from "./facts.js";

const PAUSE_MS = 150;

export function listenToSearch(input, model) {
  let texts = null;
  let pause = 0;
  const find = () => {
    const words = input.value.toLowerCase().split(/\s+/).filter(Boolean);
    texts ??= Array.from({ length: count }, (_, index) => searchedText(index));
    const found = [];
    for (let index = 0; words.length && index < count; index++) {
      if (model.isShown(index) && words.every((word) => texts[index].includes(word))) found.push(index);
    }
    model.select(found, words.length ? "search" : "key");
  };
  input.addEventListener("input", () => {
    clearTimeout(pause);
    pause = setTimeout(find, PAUSE_MS);
  });
  model.addEventListener("selected", ({ detail }) => {
    if (detail !== "search" && document.activeElement !== input) input.value = "";
  });
}

function searchedText(index) {
  const names = ["artist", "source", "license"].map((column) => nameOf(column, index));
  return [faces.title[index], ...names, faces.id[index]].join("\n").toLowerCase();
}
