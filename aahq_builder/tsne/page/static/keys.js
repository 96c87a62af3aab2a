/** The map by keyboard: arrows move, plus and minus zoom, 0 shows all, Enter takes the face at the cross. */

const STEP_PX = 40;
const ZOOM = 1.25;

export function listenToKeys(canvas, view, model, toggleLasso) {
  const middle = () => [view.width / 2, view.height / 2];
  const isShown = (index) => model.isShown(index);
  const actions = {
    ArrowLeft: () => view.pan(STEP_PX, 0),
    ArrowRight: () => view.pan(-STEP_PX, 0),
    ArrowUp: () => view.pan(0, STEP_PX),
    ArrowDown: () => view.pan(0, -STEP_PX),
    "+": () => view.zoomAt(ZOOM, ...middle()),
    "=": () => view.zoomAt(ZOOM, ...middle()),
    "-": () => view.zoomAt(1 / ZOOM, ...middle()),
    0: () => view.fit(),
    Enter: () => model.pin(view.faceAtCross(isShown)),
    l: toggleLasso,
    v: () => model.select(view.facesInside(isShown), "view"),
    Escape: () => {
      model.pin(-1);
      model.select([], "key");
    },
  };
  canvas.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || !Object.hasOwn(actions, event.key)) return;
    event.preventDefault();
    actions[event.key]();
  });
}
