/** Selected faces for other programs: ids, a CSV file, and the command that reviews them. */

import { faces, nameOf } from "./facts.js";

export const FILE = "style-map-faces.csv";
export const COMMAND = `aahq-build review --faces ${FILE}`;

/** A table of these faces with a heading; `face_id` comes first. */
export function csvOf(indices) {
  const scores = Object.keys(faces.scores);
  const rows = [["face_id", "title", "artist", "license", "source", "page_url", "cluster", "decision", ...scores]];
  for (const index of indices) {
    const names = ["artist", "license", "source"].map((column) => nameOf(column, index));
    const texts = [faces.title[index], ...names, faces.url[index]].map(harmless);
    const measures = scores.map((score) => faces.scores[score][index] ?? "");
    rows.push([faces.id[index], ...texts, faces.cluster[index], faces.decision[index], ...measures]);
  }
  return rows.map((row) => row.map(quoted).join(",") + "\r\n").join("");
}

/** Spreadsheets run what begins like a formula, and titles come from strangers. */
function harmless(text) {
  return /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
}

function quoted(value) {
  const text = String(value);
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/** Hand a file to the user. */
export function download(text, filename) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([text], { type: "text/csv" }));
  link.download = filename;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 1000);
}

/** Put text on the clipboard; where the browser refuses, as in a frame, by the older way. */
export async function copy(text) {
  try {
    await navigator.clipboard.writeText(text);
  } catch {
    const field = document.body.appendChild(document.createElement("textarea"));
    field.value = text;
    field.select();
    document.execCommand("copy");
    field.remove();
  }
}
