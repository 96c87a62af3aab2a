/** What is known of one face: its picture, credit, and scores, beside the pointer and, with a link, in the panel. */

import { NO_CLUSTER, element, faces, inWords, nameOf, webAddress } from "./facts.js";
import { clusterName } from "./groups.js";

const GAP_PX = 16;

/** Title, artist, licence, source, and the rest as terms. */
export function describeFace(index, isShort) {
  const box = element("div");
  box.append(element("strong", faces.title[index]), element("p", nameOf("artist", index)));
  box.append(element("p", `${nameOf("license", index)}, ${nameOf("source", index)}`));
  const list = box.appendChild(element("dl"));
  const say = (term, words) => list.append(element("dt", term), element("dd", words));
  if (faces.decision[index]) say("decision", faces.decision[index]);
  if (faces.cluster[index] !== NO_CLUSTER) say("style", clusterName(faces.cluster[index]));
  if (!isShort && faces.distance[index] !== null) say("distance to clusters", inWords(faces.distance[index]));
  for (const [score, values] of Object.entries(faces.scores)) {
    if (values[index] !== null) say(score.replaceAll("_", " "), inWords(values[index]));
  }
  box.append(element("small", faces.id[index]));
  return box;
}

/** The card at the pointer. */
export class HoverCard {
  constructor(root, view, model, pictures) {
    const [picture, words] = [root.appendChild(document.createElement("canvas")), root.appendChild(element("div"))];
    picture.width = picture.height = 128;
    model.addEventListener("hovered", () => {
      root.hidden = model.hovered < 0;
      if (root.hidden) return;
      words.replaceChildren(describeFace(model.hovered, true));
      picture.getContext("2d").clearRect(0, 0, 128, 128);
      pictures.drawOn(picture, model.hovered);
      const [left, top] = view.toScreen(model.hovered);
      const gap = view.side / 2 + GAP_PX;
      const before = left > view.width / 2 ? left - gap - root.offsetWidth : left + gap;
      root.style.left = `${Math.max(0, before)}px`;
      root.style.top = `${Math.max(0, Math.min(view.height - root.offsetHeight, top - root.offsetHeight / 2))}px`;
    });
    view.addEventListener("moved", () => model.hover(-1));
  }
}

/** The face that was clicked, in the panel. */
export function showPinned(section, model, pictures) {
  const picture = section.querySelector("canvas");
  const words = section.querySelector("div");
  model.addEventListener("pinned", () => {
    section.hidden = model.pinned < 0;
    if (section.hidden) return;
    words.replaceChildren(describeFace(model.pinned, false));
    const address = webAddress(faces.url[model.pinned]);
    if (address) {
      const way = { href: address, target: "_blank", rel: "noopener noreferrer" };
      words.append(element("a", `the work at ${nameOf("source", model.pinned)}`, way));
    }
    pictures.drawOn(picture, model.pinned);
  });
}
