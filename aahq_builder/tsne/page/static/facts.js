/** What the page was written with: columns of faces, clusters, and how its pictures are laid out. */

export const facts = JSON.parse(document.getElementById("facts").textContent);
export const faces = facts.faces;
export const count = faces.id.length;
export const NO_CLUSTER = -1;

/** Side of a thumbnail in map units: together they would cover a third of the map. */
export const SIDE = Math.sqrt(0.33 / Math.max(count, 4));

/** Text of a face in one of the columns that list their names once. */
export function nameOf(column, index) {
  const { names, of } = faces[column];
  return names[of[index]];
}

/** The address if it leads to a web page, else nothing: it comes from strangers. */
export function webAddress(text) {
  const address = URL.canParse(text) ? new URL(text) : null;
  return address && ["http:", "https:"].includes(address.protocol) ? address.href : "";
}

/** A measure as people read it. */
export function inWords(value) {
  return value === null || value === undefined ? "not measured" : String(Number(value.toPrecision(3)));
}

/** An element with text, which is never read as HTML. */
export function element(tag, text = "", attributes = {}) {
  const made = document.createElement(tag);
  made.textContent = text;
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  return made;
}
