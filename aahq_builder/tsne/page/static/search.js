/** Search: faces whose title, artist, source and licence contain all the words; an id is found by its beginning. */

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
      if (model.isShown(index) && words.every((word) => isIn(word, texts[index], index))) found.push(index);
    }
    model.select(found, words.length ? "search" : "key");
  };
  input.addEventListener("input", () => {
    clearTimeout(pause);
    pause = setTimeout(find, PAUSE_MS);
  });
  model.addEventListener("selected", ({ detail }) => {
    if (detail === "search" || document.activeElement === input) return;
    clearTimeout(pause); // what was typed before does not take back what was chosen since
    input.value = "";
  });
}

function searchedText(index) {
  const names = ["artist", "source", "license"].map((column) => nameOf(column, index));
  return [faces.title[index], ...names].join("\n").toLowerCase();
}

/** Ids are digits mostly: anywhere in them, any number would be found. */
function isIn(word, text, index) {
  return text.includes(word) || faces.id[index].startsWith(word);
}
