/** The selected faces as a list, and what can be done with them. */

import { count, element, faces, nameOf } from "./facts.js";
import { COMMAND, FILE, copy, csvOf, download } from "./export.js";

const MOST_LISTED = 60;

export function showSelection(section, status, model, pictures, zoomTo) {
  const list = section.querySelector("ol");
  const said = section.querySelector("output");
  model.addEventListener("selected", () => {
    const indices = model.selectedIndices();
    status.textContent = model.selected ? `${indices.length} of ${count} faces selected` : "";
    section.hidden = !indices.length;
    said.textContent = "";
    list.replaceChildren(...indices.slice(0, MOST_LISTED).map((index) => listed(index, model, pictures, zoomTo)));
    section.querySelector(".more").textContent =
      indices.length > MOST_LISTED ? `The first ${MOST_LISTED} are listed; copies and the CSV hold all.` : "";
  });
  const actions = {
    ids: () => copy(model.selectedIds().join("\n")).then(() => "ids copied"),
    csv: () => (download(csvOf(model.selectedIndices()), FILE), `${FILE} written`),
    command: () => copy(COMMAND).then(() => `copied: ${COMMAND} (export the CSV into the folder where it runs)`),
    zoom: () => (zoomTo(model.selectedIndices()), ""),
    clear: () => (model.select([], "key"), ""),
  };
  for (const button of section.querySelectorAll("button[data-act]")) {
    button.addEventListener("click", async () => (said.textContent = await actions[button.dataset.act]()));
  }
}

function listed(index, model, pictures, zoomTo) {
  const button = element("button", "", { type: "button" });
  const picture = element("canvas", "", { width: 48, height: 48, "aria-hidden": "true" });
  pictures.drawOn(picture, index);
  button.append(picture, element("span", `${faces.title[index]}, ${nameOf("artist", index)}`));
  button.addEventListener("click", () => {
    model.pin(index);
    zoomTo([index]);
  });
  const entry = element("li");
  entry.append(button);
  return entry;
}
