// Wires the page: filters and address bar, keys and buttons, decisions and progress.

import { get, post } from "./api.js";
import { Grid } from "./grid.js";
import { MapPane } from "./map.js";
import { Queue } from "./queue.js";
import { Repair } from "./repair.js";
import { Single } from "./single.js";

const REASONS = ["not a face", "bad crop", "blurred", "face covered", "duplicate", "text over the face", "not an artwork", "other"];
const find = (selector) => document.querySelector(selector);
const filters = find("#filters");
const message = find("#message");
const queue = new Queue();
const single = new Single(find("#single"), queue);
const grid = new Grid(find("#grid"), queue, () => openSingle());
const repair = new Repair(single, (sentence) => { message.textContent = sentence; });
const map = new MapPane(find("#map"));
let busy = Promise.resolve();   // decisions go out one after the other, in the order of the keys

const isSingle = () => !single.root.hidden;
const reviewer = () => filters.elements.reviewer.value.trim();

// ---- state in the address bar: a reload, a bookmark or a colleague sees the same page

function parameters() {
  const values = Object.fromEntries([...new FormData(filters)].filter(([, value]) => value !== ""));
  if (values.order === "near") values.near = nearFace;
  return values;
}

let nearFace = "";

function remember() {
  const card = queue.card(grid.current);
  const state = new URLSearchParams(parameters());
  if (card) state.set("face", card.face_id);
  if (isSingle()) state.set("view", "single");
  if (map.isOpen) state.set("map", "open");
  history.replaceState(null, "", `#${state}`);
}

async function ask(around = "") {
  message.textContent = "";
  grid.restart(await queue.start(parameters(), around));
  message.textContent = queue.total ? queue.note : "No face matches these filters.";
  find("[data-action=everything]").hidden = !filters.elements.among.value;
  remember();
}

// ---- looking

let opening = Promise.resolve();   // a key that follows Enter at once must find the face there

async function openSingle() {
  if (!queue.total) return;
  opening = single.show(grid.current);
  await opening;
  single.root.focus();
  remember();
}

function closeSingle() {
  if (repair.points) return stopRepair();
  single.root.hidden = true;
  grid.element.focus();
  grid.go(grid.current);
  remember();
}

async function move(step, extend = false) {
  if (repair.points) stopRepair();
  const before = grid.current;
  grid.go(grid.current + step, extend && !isSingle());
  if (isSingle() && grid.current !== before) await single.show(grid.current);
  remember();
}

// ---- deciding

// what a decision or the map is about: the selection, or else the current face; null while part of it is not loaded
function chosen() {
  const indices = !isSingle() && grid.selected.size ? [...grid.selected] : [grid.current];
  const cards = indices.map((index) => queue.card(index)).filter(Boolean);
  if (cards.length === indices.length) return cards.map((card) => card.face_id);
  message.textContent = queue.total ? "Part of the selection is not loaded yet; try again." : "";
  return null;
}

const everyFaceIsSelected = () => !isSingle() && queue.total > 1 && grid.selected.size === queue.total;

function decide(decision, reason = "") {
  if (everyFaceIsSelected()) {   // the server knows the queue: no need to have seen all its cards
    act("/api/decisions", { queue: queue.key, decision, reason });
    grid.clearSelection();
    return;
  }
  const faces = chosen();
  if (!faces) return;
  act("/api/decisions", { face_ids: faces, decision, reason });
  if (faces.length > 1) grid.clearSelection();
  else if (grid.current + 1 < queue.total) move(1);
}

function undo() { act("/api/undo", {}, true); }

function act(path, body, goThere = false) {
  busy = busy.then(async () => {
    const done = await post(path, { ...body, reviewer: reviewer() });
    queue.patch(done.faces);
    done.faces.forEach((card) => single.forget(card.face_id));
    map.recolour(done.faces);
    showProgress(done.progress);
    message.textContent = sentence(done.faces.length, goThere, body.decision);
    if (goThere && done.faces.length) await goTo(done.faces[0].face_id);
    else if (isSingle() && done.faces.some((card) => card.face_id === single.details?.face_id)) await single.show(grid.current);
  }).catch((error) => { message.textContent = `Not saved: ${error.message}`; });
  return busy;
}

function sentence(count, undone, decision) {
  if (undone) return count > 1 ? `What was decided about ${count} faces is taken back.` : count ? "" : "There is nothing of yours to undo.";
  return count > 1 ? `${count} faces ${decision === "keep" ? "kept" : "rejected"}; Undo (U) takes all of it back.` : "";
}

// true if the face is in the grid, which then stands on it
async function goInGrid(faceId) {
  const { at } = await get("/api/queue", { ...parameters(), around: faceId });
  const here = await queue.wait(at);
  if (here?.face_id !== faceId) return false;
  grid.go(at);
  return true;
}

async function goTo(faceId) {
  await goInGrid(faceId);
  if (isSingle()) await single.show(grid.current);
  remember();
}

// ---- repairing

async function startRepair() {
  await opening;
  if (!isSingle() || repair.points) return;
  if (single.whole) toggleWhole();
  repair.begin();
  showRepairing(true);
}

function stopRepair() {
  repair.end();
  showRepairing(false);
  message.textContent = "";
  single.root.focus();
}

async function saveRepair() {
  if (!repair.points) return;
  try {
    const done = await post("/api/repair", { face_id: single.details.face_id, points: repair.points, reviewer: reviewer() });
    queue.patch(done.faces);
    single.details = done.face;
    showProgress(done.progress);
    stopRepair();
  } catch (error) { message.textContent = `Not saved: ${error.message}`; }
}

function showRepairing(on) {
  find("[data-action=repair]").setAttribute("aria-pressed", on);
  find("[data-action=save]").hidden = find("[data-action=cancel]").hidden = !on;
}

function toggleWhole() {
  if (repair.points) stopRepair();
  single.toggleWhole();
  find("[data-action=zoom]").setAttribute("aria-pressed", single.whole);
}

async function near() {
  const card = queue.card(grid.current);
  if (!card) return;
  nearFace = card.face_id;
  filters.elements.order.value = "near";
  filters.elements.among.value = "";   // its like are wanted from the whole build
  single.root.hidden = true;
  await ask();
  grid.element.focus();
}

// ---- the style map

async function toggleMap() {
  if (map.isOpen) map.close();
  else await map.open();
  find("[data-action=map]").setAttribute("aria-pressed", map.isOpen);
  remember();
}

async function locate() {
  const faces = chosen();
  if (!faces) return;
  map.show(faces);
  find("[data-action=map]").setAttribute("aria-pressed", true);
  remember();
}

let choices = 0;

// no face chosen: all are shown
async function showChosen(faceIds, how = "") {
  const choice = ++choices;
  if (how === "search" && !faceIds.length) { message.textContent = "No face of the map matches."; return; }
  const group = faceIds.length ? await post("/api/groups", { face_ids: faceIds }) : { key: "", unknown: 0 };
  if (choice !== choices) return;   // another lasso has been drawn meanwhile
  if (group.key) addGroup(group);
  filters.elements.among.value = group.key;
  if (repair.points) stopRepair();
  single.root.hidden = true;
  await ask();
  if (how === "lasso") grid.element.focus();   // so that the next key is about these faces; who types or tabs there stays there
  if (group.unknown) message.textContent = `${group.unknown} faces of the map are not in this build any more. ${message.textContent}`;
}

async function showFace(faceId) {
  if (repair.points) stopRepair();
  if (!(await goInGrid(faceId))) {
    for (const { name, options } of filters.elements) {
      if (name !== "reviewer" && name !== "order") filters.elements[name].value = options ? options[0].value : "";
    }
    await ask(faceId);
    message.textContent = "The filters were lifted to show this face.";
  }
  await openSingle();
}

function addGroup({ key, words }) {
  const { among } = filters.elements;
  if (![...among.options].some((option) => option.value === key)) among.add(new Option(words, key));
}

// ---- words

function showProgress({ faces, decided, mine, disputed, per_minute: pace }) {
  const left = faces - decided;
  const minutes = pace ? left / pace : 0;
  const time = !pace ? "" : `, ${pace} a minute, about ${minutes < 60 ? `${Math.ceil(minutes)} min` : `${(minutes / 60).toFixed(1)} h`} left`;
  find("#progress").textContent = `${decided} of ${faces} decided, ${mine} by ${reviewer()}, ${disputed} disputed${time}`;
}

async function showLearned() {
  const { decisions, needed, ready, agreement } = await get("/api/learning");
  const place = find("#learned"), sentence = document.createElement("p");
  place.replaceChildren(sentence);
  sentence.textContent = ready
    ? `A model of ${decisions} decisions ranks the queue when the order is "likely rejects first". Agreement is measured on decisions made after each training.`
    : `${decisions} of the ${needed} decisions that a first model needs (both kept and rejected faces).`;
  if (!agreement.length) return;
  const table = document.createElement("table");
  const row = (cells, kind) => {
    const line = table.insertRow();
    cells.forEach((text) => { const cell = document.createElement(kind); cell.textContent = text; line.append(cell); });
  };
  row(["learned from", "next decisions", "foretold", "by majority", "ranking (AUC)"], "th");
  const percent = (share) => `${Math.round(100 * share)} %`;
  agreement.forEach((result) => row([result.trained_on, result.judged, percent(result.agreed), percent(result.majority),
    result.ranking === null ? "" : result.ranking.toFixed(2)], "td"));
  place.append(table);
}

// ---- keys and buttons

const actions = { keep: () => decide("keep"), reject: () => decide("reject"), undo, previous: () => move(-1), next: () => move(1),
  near, map: toggleMap, locate, all: () => grid.selectAll(), everything: () => showChosen([]), close: closeSingle, repair: () => (repair.points ? stopRepair() : startRepair()), save: saveRepair, cancel: stopRepair, zoom: toggleWhole };

const keys = { m: toggleMap, s: locate, a: () => !isSingle() && grid.selectAll(), k: actions.keep, r: actions.reject, u: undo, n: near, e: actions.repair, o: () => isSingle() && toggleWhole(),
  x: () => !isSingle() && grid.toggle(), Escape: () => (isSingle() ? closeSingle() : grid.clearSelection()),
  Enter: () => (repair.points ? saveRepair() : isSingle() ? undefined : openSingle()), "/": () => filters.elements.text.focus(),
  "?": () => { const help = find("footer details:last-of-type"); help.open = !help.open; },
  Home: () => move(-queue.total), End: () => move(queue.total) };

function step(event) {
  const across = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
  if (across) return across;
  if (isSingle()) return 0;
  return { ArrowUp: -grid.columns, ArrowDown: grid.columns, PageUp: -grid.columns * grid.rowsOnScreen,
    PageDown: grid.columns * grid.rowsOnScreen }[event.key] ?? 0;
}

document.addEventListener("keydown", (event) => {
  if (event.target.closest("input, select, summary") || event.ctrlKey || event.metaKey || event.altKey) {
    if (event.key === "Escape") grid.element.focus();
    return;
  }
  if (event.target.closest("button") && [" ", "Enter"].includes(event.key)) return;
  const distance = step(event), key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
  const digit = Number(event.key);
  if (repair.key(event)) event.preventDefault();
  else if (distance) { event.preventDefault(); move(distance, event.shiftKey); }
  else if (digit >= 1 && digit <= REASONS.length) decide("reject", REASONS[digit - 1]);
  else if (keys[key]) { event.preventDefault(); keys[key](); }
});

document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-action]");
  if (button) actions[button.dataset.action]();
  else if (event.target.closest(".cell")) { grid.element.focus(); remember(); }
});

filters.addEventListener("submit", (event) => event.preventDefault());
filters.addEventListener("change", (event) => {
  if (event.target.name === "reviewer") {
    localStorage.setItem("reviewer", reviewer());
    refreshSession();
    if (filters.elements.state.value !== "mine") return;
  }
  if (event.target.name === "order" && event.target.value === "near") nearFace = queue.card(grid.current)?.face_id ?? "";
  ask(queue.card(grid.current)?.face_id ?? "");
});
const complain = (error) => { message.textContent = error.message; };
map.addEventListener("faces", (event) => showChosen(event.detail.ids, event.detail.how).catch(complain));
map.addEventListener("face", (event) => showFace(event.detail).catch(complain));
grid.addEventListener("draw", () => {
  const count = everyFaceIsSelected() ? `all ${queue.total} ` : grid.selected.size > 1 ? `${grid.selected.size} ` : "";
  find("#tools [data-action=keep]").textContent = `Keep ${count}(K)`;
  find("#tools [data-action=reject]").textContent = `Reject ${count}(R)`;
});
queue.addEventListener("trouble", (event) => { message.textContent = event.detail.message; });
find("#learning").addEventListener("toggle", (event) => { if (event.target.open) showLearned(); });

// ---- beginning

function fill(name, options, words = (option) => option) {
  const select = filters.elements[name], chosen = select.value;
  select.replaceChildren(select.options[0], ...options.map((option) => new Option(words(option), option)));
  select.value = chosen;
}

async function refreshSession() {
  const facts = await get("/api/session", { reviewer: localStorage.getItem("reviewer") ?? "" });
  filters.elements.reviewer.value ||= facts.reviewer;
  for (const name of ["reason", "source", "artist"]) {
    const counts = new Map(facts.facets[name]);
    fill(name, [...counts.keys()].filter(Boolean), (option) => `${option} (${counts.get(option)})`);
  }
  fill("score", Object.keys(facts.facets.scores));
  facts.groups.forEach(addGroup);
  showProgress(facts.progress);
}

async function begin() {
  find("#reasons").replaceChildren(...REASONS.map((reason) => Object.assign(document.createElement("li"), { textContent: reason })));
  await refreshSession();
  const state = new URLSearchParams(location.hash.slice(1));
  for (const [name, value] of state) if (filters.elements[name]) filters.elements[name].value = value;
  nearFace = state.get("near") ?? "";
  await ask(state.get("face") ?? "");
  if (state.has("map")) await toggleMap();
  grid.element.focus();
  if (state.get("view") === "single") await openSingle();
}

begin().catch((error) => { message.textContent = error.message; });
