/** Faces in groups of one colour each, by a fact or a score. */

import { NO_CLUSTER, count, faces, inWords, nameOf } from "./facts.js";

/** Each reaches a contrast of 3 to 1 on the ground of the map. */
export const GROUND = "#17191d";
const COLOURS = ["#5aa2ff", "#ffa23a", "#5ccb6b", "#ff6b6b", "#c79bff", "#e8c547", "#ff8ac6", "#3fd0d4", "#b8906a"];
const LOW_TO_HIGH = ["#7a6cf0", "#4a90e2", "#3fb0a8", "#7cc35a", "#d9cf3c", "#fff3b0"];
const REST = "#9aa0a8";
const NONE = "#6c727a";

const DECISIONS = new Map([["keep", ["kept by hand", "#5ccb6b"]], ["reject", ["rejected by hand", "#ff6b6b"]]]);

/** What faces can be coloured by: [value, words]. */
export function colourings() {
  const known = [["artist", "artist"], ["source", "source"], ["license", "licence"], ["decision", "decision"]];
  if (faces.cluster.some((number) => number !== NO_CLUSTER)) known.unshift(["cluster", "cluster of style"]);
  for (const score of Object.keys(faces.scores)) known.push([`score:${score}`, score.replaceAll("_", " ")]);
  return known;
}

/** {labels, colours, sizes, of}: the group of each face, with its name, colour and number of faces. */
export function groupsBy(fact) {
  if (fact === "decision") return byDecision();
  if (fact.startsWith("score:")) return byScore(faces.scores[fact.slice(6)]);
  if (fact === "cluster") return byName((index) => clusterName(faces.cluster[index]), "smaller clusters", "no cluster");
  return byName((index) => nameOf(fact, index), "all others");
}

/** How a cluster is called. */
export function clusterName(number) {
  return number === NO_CLUSTER ? "no cluster" : `cluster ${number}`;
}

function byName(nameAt, others, always = null) {
  const sizes = new Map();
  for (let i = 0; i < count; i++) sizes.set(nameAt(i), (sizes.get(nameAt(i)) ?? 0) + 1);
  const order = (a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1);
  const ranked = [...sizes].filter(([label]) => label !== always).sort(order);
  const named = ranked.slice(0, COLOURS.length).map(([label]) => label);
  const place = new Map(named.map((label, index) => [label, index]));
  const labels = [...named];
  if (ranked.length > named.length) labels.push(others);
  const rest = labels.length - 1;
  if (sizes.has(always)) place.set(always, labels.push(always) - 1);
  return grouped(labels, labels.map((label, index) => (index < named.length ? COLOURS[index] : label === always ? NONE : REST)), (i) =>
    place.get(nameAt(i)) ?? rest,
  );
}

function byDecision() {
  const codes = [...DECISIONS.keys(), ""];
  const shown = codes.map((code) => DECISIONS.get(code) ?? ["not decided by hand", REST]);
  return grouped(shown.map(([label]) => label), shown.map(([, colour]) => colour), (i) =>
    Math.max(0, codes.indexOf(faces.decision[i])),
  );
}

/** As many faces in each band, from low to high; those that were not measured apart. */
function byScore(values) {
  const sorted = values.filter((value) => value !== null).sort((a, b) => a - b);
  const bands = Math.min(LOW_TO_HIGH.length, new Set(sorted).size);
  const starts = Array.from({ length: bands }, (_, band) => sorted[Math.floor((band * sorted.length) / bands)]);
  const edges = [...new Set(starts)];
  const labels = edges.map((low, band) => `${inWords(low)} to ${inWords(edges[band + 1] ?? sorted.at(-1))}`);
  const spread = (LOW_TO_HIGH.length - 1) / Math.max(1, edges.length - 1);
  const colours = edges.map((_, band) => LOW_TO_HIGH[Math.round(band * spread)]);
  const of = (i) => (values[i] === null ? edges.length : edges.findLastIndex((low) => values[i] >= low));
  return grouped([...labels, "not measured"], [...colours, REST], of);
}

function grouped(labels, colours, groupAt) {
  const of = Uint8Array.from({ length: count }, (_, i) => groupAt(i));
  const sizes = new Array(labels.length).fill(0);
  for (const group of of) sizes[group] += 1;
  return { labels, colours, sizes, of };
}
