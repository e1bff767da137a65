// What the page shows: a permalink has all of it.

/** The state, and who is told of changes. */
export const state = {
  layout: "mosaic", compare: "one", model: -1, second: -1, score: null, iou: 0.6,
  color: "", tint: "", shape: "outline", labels: false, pins: false,
  where: {}, classes: null, search: "", sort: "name", image: -1, camera: null, review: false,
};

const listeners = [];

/** Calls f with the names of what changed. */
export function onChange(f) { listeners.push(f); }

/** Changes the state. */
export function set(values) {
  const changed = new Set();
  for (const [key, value] of Object.entries(values)) {
    if (state[key] !== value) {
      state[key] = value;
      changed.add(key);
    }
  }
  if (changed.size) {
    for (const f of listeners) f(changed);
    remember();
  }
}

const numbers = ["model", "second", "score", "iou", "image"];
const texts = ["layout", "compare", "color", "tint", "shape", "search", "sort"];
const flags = ["labels", "pins", "review"];
let defaults = {};

/** The state as text, without what is as in the beginning. */
export function permalink() {
  const q = new URLSearchParams();
  for (const key of [...numbers, ...texts]) if (state[key] !== defaults[key] && state[key] !== null) q.set(key, state[key]);
  for (const key of flags) if (state[key] !== defaults[key]) q.set(key, state[key] ? "1" : "0");
  for (const [field, values] of Object.entries(state.where)) for (const v of values) q.append("where", field + "=" + v);
  for (const id of state.classes || []) q.append("class", id);
  if (state.camera) q.set("view", [state.camera.x.toFixed(1), state.camera.y.toFixed(1), state.camera.scale.toPrecision(5)].join(","));
  return q.toString();
}

/** Reads a permalink: what it has is not of this dataset is left out by ok. */
export function fromPermalink(text, ok) {
  const q = new URLSearchParams(text), out = {};
  for (const key of numbers) if (q.has(key) && q.get(key) !== "" && Number.isFinite(Number(q.get(key))) && ok(key, Number(q.get(key)))) out[key] = Number(q.get(key));
  for (const key of texts) if (q.has(key) && ok(key, q.get(key))) out[key] = q.get(key);
  for (const key of flags) if (q.has(key)) out[key] = q.get(key) === "1";
  const where = {};
  for (const text of q.getAll("where")) {
    const found = ok("where", text);
    if (found) (where[found[0]] ||= []).push(found[1]);
  }
  out.where = where;
  const classes = q.getAll("class").map(Number).filter((id) => ok("class", id));
  out.classes = classes.length ? classes : null;
  const view = (q.get("view") || "").split(",").map(Number);
  if (view.length === 3 && view.every(Number.isFinite) && view[2] > 0) out.camera = { x: view[0], y: view[1], scale: view[2] };
  return out;
}

let timer = 0;

function remember() {
  clearTimeout(timer);
  timer = setTimeout(() => {
    const hash = "#" + permalink();
    if (location.hash !== hash) history.replaceState(null, "", hash === "#" ? location.pathname : hash);
  }, 300);
}

/** Sets the state in the beginning. */
export function begin(values) {
  Object.assign(state, values);
  defaults = { ...state };
}
