/** What colours mean; each group can be switched off. */

import { element } from "./facts.js";
import { colourings } from "./groups.js";

export function showLegend(select, list, model) {
  for (const [fact, words] of colourings()) select.append(element("option", words, { value: fact }));
  select.value = model.fact;
  select.addEventListener("change", () => model.colourBy(select.value));
  const draw = () => {
    const { labels, colours, sizes } = model.groups;
    const rows = labels.map((label, group) => (sizes[group] ? legendRow(label, colours[group], sizes[group], group, model) : ""));
    list.replaceChildren(...rows.filter(Boolean));
  };
  let drawn = null;
  model.addEventListener("groups", () => {
    if (drawn !== model.groups) draw(); // a row keeps the focus while it is switched
    drawn = model.groups;
  });
  draw();
}

function legendRow(label, colour, size, group, model) {
  const row = element("label");
  const box = element("input", "", { type: "checkbox" });
  box.checked = !model.off.has(group);
  box.addEventListener("change", () => model.switchGroup(group, box.checked));
  const swatch = element("span", "", { class: "swatch", "aria-hidden": "true" });
  swatch.style.background = colour;
  row.append(box, swatch, element("span", label), element("span", String(size), { class: "size" }));
  return row;
}
