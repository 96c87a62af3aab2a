/** Joins what the page shows. */

import { count } from "./facts.js";
import { colourings } from "./groups.js";
import { Model } from "./model.js";
import { View } from "./view.js";
import { Pictures } from "./pictures.js";
import { Painter } from "./painter.js";
import { Overlay } from "./overlay.js";
import { Gestures } from "./gestures.js";
import { listenToKeys } from "./keys.js";
import { HoverCard, showPinned } from "./card.js";
import { showLegend } from "./legend.js";
import { listenToSearch } from "./search.js";
import { showClusters } from "./clusters.js";
import { showSelection } from "./selection.js";
import { talkToParent } from "./frame.js";

const find = (selector) => document.querySelector(selector);

function start() {
  const [stage, canvas] = [find("#stage"), find("#map")];
  const model = new Model(colourings()[0][0]);
  const view = new View();
  const pictures = new Pictures();
  const painter = new Painter(canvas, view, model, pictures);
  const overlay = new Overlay(find("#overlay"), view, model);
  const gestures = new Gestures(canvas, view, model, overlay);
  const zoomTo = (indices) => indices.length && view.fit(indices);
  const toggleLasso = () => {
    gestures.lassoIsOn = !gestures.lassoIsOn;
    find("#lasso").setAttribute("aria-pressed", gestures.lassoIsOn);
    stage.classList.toggle("lasso", gestures.lassoIsOn);
  };
  listenToKeys(canvas, view, model, toggleLasso);
  new HoverCard(find("#hover"), view, model, pictures);
  showPinned(find("#pinned"), model, pictures);
  showLegend(find("#colour"), find("#legend"), model);
  listenToSearch(find("#search"), model);
  showClusters(find("#clusters"), model, pictures, zoomTo);
  showSelection(find("#selection"), find("#status"), model, pictures, zoomTo);
  const middle = () => [view.width / 2, view.height / 2];
  find("#lasso").addEventListener("click", toggleLasso);
  find("#inside").addEventListener("click", () => model.select(view.facesInside((index) => model.isShown(index)), "view"));
  find("#nearer").addEventListener("click", () => view.zoomAt(1.5, ...middle()));
  find("#farther").addEventListener("click", () => view.zoomAt(1 / 1.5, ...middle()));
  find("#whole").addEventListener("click", () => view.fit());
  let isFirst = true;
  new ResizeObserver(() => {
    painter.resize(stage.clientWidth, stage.clientHeight);
    if (isFirst) view.fit();
    isFirst = false;
  }).observe(stage);
  talkToParent(model, zoomTo);
}

if (count) start();
