/** The table of clusters: the face that stands for each, size, sources, artists, mean scores; a click goes there. */

import { count, element, faces, facts, inWords } from "./facts.js";
import { clusterName } from "./groups.js";

export function showClusters(section, model, pictures, zoomTo) {
  section.hidden = !facts.clusters.length;
  const scores = Object.keys(facts.clusters[0]?.scores ?? {});
  const heads = ["", "cluster", "faces", "sources", "artists", ...scores.map((score) => score.replaceAll("_", " "))];
  const head = section.querySelector("thead").appendChild(element("tr"));
  head.append(...heads.map((words) => element("th", words, { scope: "col" })));
  section.querySelector("tbody").append(...facts.clusters.map((cluster) => tableRow(cluster, scores, model, pictures, zoomTo)));
}

function tableRow(cluster, scores, model, pictures, zoomTo) {
  const row = element("tr");
  const picture = element("canvas", "", { width: 48, height: 48, "aria-hidden": "true" });
  const [medoid] = model.indicesOf([cluster.medoid]);
  if (medoid !== undefined) whenSeen(picture, () => pictures.drawOn(picture, medoid));
  const button = element("button", clusterName(cluster.number), { type: "button" });
  button.addEventListener("click", () => {
    const members = [];
    for (let index = 0; index < count; index++) if (faces.cluster[index] === cluster.number) members.push(index);
    model.select(members, "cluster");
    zoomTo(members);
  });
  const cells = [picture, button, String(cluster.size), listOf(cluster.sources), listOf(cluster.artists)];
  cells.push(...scores.map((score) => inWords(cluster.scores[score])));
  for (const content of cells) row.appendChild(element("td")).append(content);
  return row;
}

function listOf(pairs) {
  const shown = pairs.slice(0, 3).map(([label, size]) => `${label} ${size}`);
  return shown.join(", ") + (pairs.length > 3 ? ", …" : "");
}

/** Pictures are decoded when they come into sight, or a table of clusters would decode all. */
function whenSeen(place, act) {
  const observer = new IntersectionObserver(([entry]) => {
    if (!entry.isIntersecting) return;
    observer.disconnect();
    act();
  });
  observer.observe(place);
}
