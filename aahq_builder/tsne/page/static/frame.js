/** Messages to and from the page that shows this one in a frame; what they say stands in ../__init__.py. */

const FRAMED = window.parent !== window;
const HAS_NO_SITE = window.origin === "null";

function post(message) {
  window.parent.postMessage(message, HAS_NO_SITE ? "*" : window.origin);
}

/** Tell the parent what is selected here, and do what it asks. */
export function talkToParent(model, zoomTo) {
  if (!FRAMED) return;
  model.addEventListener("selected", (event) => {
    if (event.detail !== "parent") post({ type: "faces", ids: model.selectedIds() });
  });
  model.addEventListener("pinned", () => {
    if (model.pinned >= 0) post({ type: "face", id: model.idOf(model.pinned) });
  });
  window.addEventListener("message", ({ origin, source, data }) => {
    if (source !== window.parent || !(HAS_NO_SITE || origin === window.origin)) return;
    if (data?.type === "show" && Array.isArray(data.ids)) {
      model.select(model.indicesOf(data.ids), "parent");
      zoomTo(model.selectedIndices());
    }
    if (data?.type === "decisions" && data.decisions !== null && typeof data.decisions === "object") {
      model.decide(data.decisions);
    }
  });
}
