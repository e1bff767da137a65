// The page of "hubdata view": it puts the parts together.
import * as api from "./api.js";
import { Cache } from "./cache.js";
import { Camera } from "./camera.js";
import { $, el, fill, later, latest, memory, options, plural, thousands, together } from "./dom.js";
import { groups } from "./groups.js";
import { arrange } from "./layout.js";
import { drawKey, grey, matchStyle, nth, ramp, setStyles, verdictStyle } from "./marks.js";
import { Densities } from "./density.js";
import { Pane } from "./pane.js";
import { Sheets } from "./sheets.js";
import { Rail, drawThumbnail, fillFields } from "./rail.js";
import { Review } from "./review.js";
import { begin, fromPermalink, onChange, permalink, set, state } from "./state.js";
import { commandLines } from "./command.js";
import { Details } from "./details.js";

const MB = 1 << 20;

let data, world, camera, panes = [], rail, review = null, details, selected = null;
let scores = [null, null], keys = null, aps = null, findings = null, unlabelled = new Set(), shownOrder = [], inFilter = null;

const redraw = (() => {
  let waiting = false;
  return () => {
    if (waiting) return;
    waiting = true;
    requestAnimationFrame(() => {
      waiting = false;
      frame();
    });
  };
})();

/** Works on what is over the tiles, slice by slice between frames and what else waits, and draws a frame when it is there. */
const work = (() => {
  const { port1, port2 } = new MessageChannel();
  let waiting = false;
  const ask = () => {
    if (waiting) return;
    waiting = true;
    port2.postMessage(null);
  };
  port1.onmessage = () => {
    waiting = false;
    const busy = panes.filter((p) => p.job);
    for (const p of busy) p.work();
    if (panes.some((p) => p.job)) ask();
    if (panes.some((p) => !p.job && (p.stale || busy.includes(p)))) redraw();
  };
  return ask;
})();

/** Draws what is over the tiles again. */
function restyle() {
  for (const p of panes) p.stale = true;
  redraw();
}

// Parts come one by one, and are drawn together.
const SOON = 100; // milliseconds
const redrawSoon = together(SOON, () => redraw()), restyleSoon = together(SOON, restyle);
const bytesOf = (v) => (v.bitmap ? 4 * v.bitmap.width * v.bitmap.height : 100), close = (v) => v.bitmap && v.bitmap.close();
const sheets = new Sheets(0, 160 * MB, restyleSoon);
const cells = new Cache(1, 160 * MB, (v) => (v.xy ? v.xy.byteLength + 40 * v.n : 100), (layer, model, i, l, x, y, signal) => api.outlines(layer, model, i, l, x, y, signal), restyleSoon);
const bundles = new Cache(1, 160 * MB, (v) => 2 * v.bytes, (layer, model, group, l, signal) => api.bundle(layer, model, group, l, signal), restyleSoon);
const pictures = new Cache(2, 160 * MB, bytesOf, (i, l, x, y, signal) => api.picture(i, l, x, y, signal), redrawSoon, close);
const thumbnails = new Cache(3, 24 * MB, bytesOf, (i, l, x, y, signal) => api.picture(i, l, x, y, signal), () => rail.draw(), close);
let densities;

const BUNDLE = 32; // images whose outlines are asked for together

const dark = () => document.documentElement.dataset.theme === "dark";

function colors() {
  const css = getComputedStyle(document.documentElement), v = (name) => css.getPropertyValue(name).trim();
  return { stage: v("--stage"), line: v("--line"), text: v("--text"), soft: v("--soft"), accent: v("--accent"), blank: dark() ? "#1d232b" : "#f6f7f9" };
}

// What all panes show.
const show = {
  pictures, sheets, cells, bundles, groups: [], colors: {}, seams: [], apart: new Set(), pins: null, selected: null, captions: false, side: 32,
  get world() { return world; },
  get images() { return data.images; },
  dimmed: (i) => inFilter !== null && !inFilter.has(i),
  selectedImage: () => state.image,
  tint(i) {
    const field = tintField();
    return field ? tintColor(field, field.of[i]) : null;
  },
  /** What finds the density of a layer: see Densities. */
  density: (layer) => densities.finder(layer.isLabel ? "labels" : layer.model, { ...slidersQuery(layer.model), class: classQuery() }),
};

const tintField = () => (state.tint ? data.fields.find((f) => f.name === state.tint) : null);
const tintColor = (field, v) => (field.values[v] === "none" ? grey() : nth(v).color);
const classQuery = () => (state.classes ? [...state.classes] : []);
const whereQuery = () => Object.entries(state.where).flatMap(([f, values]) => values.map((v) => `${f}=${v}`));
const scoreQuery = () => (state.score === null ? null : state.score);
const slidersQuery = (model) => ({ model: model >= 0 ? model : null, iou: state.iou, score: scoreQuery() });
const position = () => Math.round((state.iou - data.ious[0]) / data.ious[2]);

/** The models that are shown, by pane. */
function shownModels() {
  if (state.model < 0) return [[]];
  if (state.compare === "one" || state.second < 0) return [[state.model]];
  return state.compare === "side" ? [[state.model], [state.second]] : [[state.model, state.second]];
}

function viewOf(hasModel) {
  const color = state.color === "match" && !hasModel ? "class" : state.color;
  const classes = new Set();
  data.classes.forEach((c, k) => { if (c.shown && (!state.classes || state.classes.has(c.id))) classes.add(k); });
  if (!state.classes) classes.add(-1);
  return { score: state.score === null ? -Infinity : state.score, position: position(), color, classes, hasModel, agreement: data.agreement, verdicts: review ? review.verdicts : new Map(), shape: state.shape, labels: state.labels };
}

/** Makes the panes, and gives them their layers. */
function layers() {
  const models = shownModels();
  if (panes.length !== models.length) {
    panes = models.map((_, n) => {
      const canvas = el("canvas", { tabIndex: 0, "aria-label": "Tiles with instances", "aria-describedby": "stage-help", role: "img" });
      camera.attach(canvas, (x, y) => click(n, x, y));
      return Object.assign(new Pane(canvas, show), { tag: el("div", { className: "tag", hidden: true }) });
    });
    fill($("panes"), panes.map((p) => el("div", { className: "pane" }, p.canvas, p.tag)));
  }
  models.forEach((list, n) => {
    const hasModel = list.length > 0, first = hasModel ? list[0] : -1;
    const of = list.map((m, k) => ({ key: "m" + m, isLabel: false, model: m, order: k }));
    of.push({ key: "labels" + first, isLabel: true, model: first, order: 0 });
    panes[n].setLayers(of, viewOf(hasModel));
    panes[n].tag.hidden = models.length < 2;
    panes[n].tag.textContent = hasModel ? data.models[first].name : "";
    panes[n].canvas.setAttribute("aria-label", "Tiles with instances" + (hasModel ? ` and predictions of ${list.map((m) => data.models[m].name).join(" and ")}` : ""));
  });
  redraw();
}

let last = 0;
const timings = [], prizes = new Map(); // the competition's metric, by what it is of

function frame() {
  if (!world) return;
  const begun = performance.now();
  let more = false;
  for (const p of panes) more = p.frame(camera) || more;
  drawScale();
  const dense = panes.some((p) => p.dense);
  if ($("density-key").hidden === dense) $("density-key").hidden = !dense;
  timings.push(performance.now() - begun);
  if (timings.length > 600) timings.shift();
  last = begun;
  if (more) work();
  document.documentElement.dataset.idle = String(!more && !sheets.open && !pictures.open && !cells.open && !bundles.open && !densities.open);
}

function drawScale() {
  const mpp = 1 / camera.scale;
  $("scale").textContent = camera.scale >= 1 ? `${camera.scale.toFixed(camera.scale < 10 ? 1 : 0)} × zoom` : `1 : ${mpp < 10 ? mpp.toFixed(1) : Math.round(mpp)}`;
}

/** Arranges the images. */
function rearrange(keepCamera) {
  const b = $("panes").getBoundingClientRect(), aspect = Math.max(0.3, (b.width / shownModels().length || 1) / (b.height || 1));
  show.captions = state.layout === "grid" || !data.slides.length;
  world = arrange(data.images, data.slides, data.slides.length ? state.layout : "grid", state.layout === "grid" || !data.slides.length ? shownOrder : order(), null, aspect);
  sheets.arrange(world.near);
  densities.arrange(world.near);
  show.groups = groups(world.near, BUNDLE, (i) => data.images.instances[i], 20 * BUNDLE);
  for (const p of panes) p.forget();
  seams();
  if (!keepCamera) fit();
  restyle();
}

function fit() {
  const c = panes[0].canvas, w = c.clientWidth || 800, h = c.clientHeight || 600;
  camera.least = 0.2 * Math.min(w / Math.max(world.width, 1), h / Math.max(world.height, 1), 1);
  const head = (world.titles.length ? 62 : 40) / (h / Math.max(world.height, 1)); // room for buttons, and the titles
  camera.show(0, -head, world.width, world.height + head, w, h, 0.04);
}

/** Shows an image. */
function goToImage(i, zoom = true) {
  set({ image: i });
  const r = world.rects[i];
  if (!r) return;
  const c = panes[0].canvas;
  if (zoom) camera.show(r.x, r.y, r.w, r.h, c.clientWidth, c.clientHeight, 0.08);
  redraw();
}

/** Shows a part of an image. */
function goToBox(i, box) {
  set({ image: i });
  const r = world.rects[i];
  if (!r) return;
  const c = panes[0].canvas, [x, y, w, h] = box, side = Math.max(w, h, 40) * r.k; // with what is around it
  const s = Math.min(Math.min(c.clientWidth, c.clientHeight) / (side * 3.4), 6 / r.k);
  camera.set(r.x + (x + w / 2) * r.k, r.y + (y + h / 2) * r.k, s);
}

/** All images in the order of the rail. */
function order() {
  const n = data.images.name.length, list = Array.from({ length: n }, (_, i) => i), s = scores[0];
  const by = (key, up = true) => list.sort((a, b) => {
    const x = key(a), y = key(b), nx = x === null || Number.isNaN(x), ny = y === null || Number.isNaN(y);
    if (nx || ny) return nx === ny ? a - b : nx ? 1 : -1;
    return (up ? x - y : y - x) || a - b;
  });
  switch (state.sort) {
    case "ap": return aps ? by((i) => (aps[i] < 0 ? null : aps[i])) : list;
    case "false": return s ? by((i) => s.on_image[2][i], false) : list;
    case "missed": return s ? by((i) => s.on_image[1][i], false) : list;
    case "agreement": return keys ? by((i) => (keys.agreement[i] < 0 ? null : keys.agreement[i])) : list;
    case "near": return keys ? by((i) => (keys.distance[i] < 0 ? null : keys.distance[i])) : list;
    case "instances": return by((i) => data.images.instances[i], false);
    case "findings": return findings ? by((i) => findings.count[i] || 0, false) : list;
  }
  return list;
}

/** Finds which images the filter has, and lists them. */
function filterImages() {
  const where = Object.entries(state.where).map(([name, values]) => {
    const f = data.fields.find((x) => x.name === name);
    return [f, new Set(values.map((v) => f.values.indexOf(v)))];
  });
  const words = state.search.toLowerCase().split(/\s+/).filter(Boolean);
  const inWhere = (i) => where.every(([f, values]) => values.has(f.of[i]));
  const inSearch = (i) => words.every((w) => data.images.name[i].toLowerCase().includes(w));
  shownOrder = order().filter((i) => inWhere(i) && inSearch(i));
  inFilter = where.length || words.length ? new Set(shownOrder) : null;
  rail.show(shownOrder);
  const n = data.images.name.length;
  $("rail-status").textContent = inFilter ? `${thousands(shownOrder.length)} of ${plural(n, "tile", "tiles")}` : plural(n, "tile", "tiles");
  const active = where.length + (state.classes ? 1 : 0);
  $("filter-count").textContent = active ? `${active}` : "";
}

/** What the rail says of an image. */
function railText(i) {
  const s = scores[0];
  if (s && !unlabelled.has(i)) {
    const [f, m, w] = s.on_image.map((list) => list[i]);
    const ap = aps && aps[i] >= 0 ? `AP ${aps[i].toFixed(2)} · ` : "";
    return [`${ap}${f} of ${f + m} found`, `${m} missed · ${w} false`];
  }
  const place = data.images.slide[i] >= 0 ? `slide ${data.slides[data.images.slide[i]]}` : "";
  return [unlabelled.has(i) ? "not outlined" : plural(data.images.instances[i], "instance", "instances"), place].filter(Boolean);
}

const fetchScores = latest(async () => {
  const asked = [state.model, state.compare === "one" ? -1 : state.second], { iou } = state;
  scores = await Promise.all(asked.map(async (m) => (m >= 0 ? { ...(await api.json("scores" + api.query({ ...slidersQuery(m), where: whereQuery(), class: classQuery() }))), model: m, iou } : null)));
  drawScores();
  fetchPrizes();
  if (["false", "missed"].includes(state.sort)) resort();
  else rail.refresh();
});

const prizeKey = (s) => [s.model, s.iou, ...whereQuery(), ...classQuery()].join("/");

/** Fetches the competition's metric, which takes longer than the rest. */
const fetchPrizes = latest(async () => {
  for (const s of scores) {
    if (!s || !data.models[s.model].competes || prizes.has(prizeKey(s))) continue;
    const key = prizeKey(s);
    prizes.set(key, await api.json("competition" + api.query({ model: s.model, iou: s.iou, where: whereQuery(), class: classQuery() })));
    drawScores();
  }
});

const resort = later(250, () => {
  filterImages();
  if (state.layout === "grid") rearrange(true);
});

async function fetchKeys() {
  if (state.sort === "ap" && state.model >= 0) aps = await api.json("aps" + api.query({ model: state.model, iou: state.iou }));
  if (state.sort === "agreement" || state.sort === "near") keys = await api.json("keys" + api.query(slidersQuery(state.model)));
  if (state.sort === "findings" || state.pins) await fetchFindings();
}

const fetchKeysSoon = later(200, () => fetchKeys().then(() => { filterImages(); if (state.layout === "grid") rearrange(true); }).catch(() => {}));

async function fetchFindings() {
  if (findings) return;
  $("said").textContent = "checking";
  const got = await api.json("findings");
  const count = {};
  for (const i of got.image) count[i] = (count[i] || 0) + 1;
  findings = { ...got, count };
}

const SEVERITY = { error: "#b34700", warning: "#9a6b00", note: "#0072b2" };
const RANK = { error: 0, warning: 1, note: 2 };
let hiddenCodes = null; // of findings

/** Sets the pins, and lists what they are. */
function drawPins() {
  show.pins = null;
  if (!state.pins || !findings) {
    fill($("pin-keys"));
    return restyle();
  }
  const { codes } = findings;
  if (!hiddenCodes) { // notes are many: they are shown if there is nothing else
    hiddenCodes = new Set(codes.some((c) => c.severity !== "note") ? codes.filter((c) => c.severity === "note").map((c) => c.code) : []);
  }
  const counts = new Array(codes.length).fill(0);
  show.pins = new Map();
  findings.image.forEach((image, n) => {
    const c = codes[findings.code[n]];
    counts[findings.code[n]]++;
    if (hiddenCodes.has(c.code)) return;
    if (!show.pins.has(image)) show.pins.set(image, []);
    show.pins.get(image).push({ x: findings.at[n][0], y: findings.at[n][1], color: SEVERITY[c.severity] || SEVERITY.note, rank: RANK[c.severity], n });
  });
  for (const list of show.pins.values()) list.sort((a, b) => a.rank - b.rank);
  fill($("pin-keys"), codes.length ? codes.map((c, k) => {
    const dot = el("canvas", { width: 26, height: 26, className: "dot", "aria-hidden": "true" }), ctx = dot.getContext("2d");
    ctx.fillStyle = SEVERITY[c.severity] || SEVERITY.note;
    ctx.arc(13, 13, 11, 0, 7);
    ctx.fill();
    return el("li", {}, el("label", { className: "check", title: c.title }, el("input", { type: "checkbox", checked: !hiddenCodes.has(c.code), onchange: (e) => {
      if (e.target.checked) hiddenCodes.delete(c.code); else hiddenCodes.add(c.code);
      drawPins();
    } }), dot, el("span", { textContent: `${c.code} (${thousands(counts[k])}, ${c.severity})` })));
  }) : el("li", {}, el("span", { textContent: "check finds nothing" })), findings.nowhere ? el("li", {}, el("span", { textContent: `${thousands(findings.nowhere)} about no tile` })) : null);
  restyle();
}

function prizeText(v) { return v === undefined ? "…" : v === null ? "–" : v.toFixed(3); }

function percent(v) { return v < 0 ? "–" : (100 * v).toFixed(1) + " %"; }

/** Writes counts and scores. */
function drawScores() {
  const models = shownModels().flat(), parts = [];
  const dl = (list) => el("dl", {}, list.map(([name, value, cls, id, title]) => el("div", { className: cls || "", title }, el("dt", { textContent: name }), el("dd", { textContent: value, "data-value": id }))));
  models.forEach((m, n) => {
    const s = scores[n];
    if (!s || s.model !== m) return; // not there yet
    const iou = Math.round(s.iou * 100);
    parts.push(el("div", { className: "of", "data-model": m }, models.length > 1 ? el("span", { className: "who", textContent: data.models[m].name }) : null, dl([
      [`AP${iou}`, s.ap === null ? "–" : s.ap.toFixed(3), "", "ap"], ...(data.models[m].competes ? [[`HuBMAP${iou}`, prizeText(prizes.get(prizeKey(s))), "", "hubmap", "the competition's metric, of blood_vessel alone"]] : []), ["found", thousands(s.found), "", "found"], ["missed", thousands(s.missed), "", "missed"], ["false", thousands(s.false), "", "false"],
      ["precision", percent(s.precision), "wide", "precision"], ["recall", percent(s.recall), "wide", "recall"], ["F1", s.f1 < 0 ? "–" : s.f1.toFixed(3), "wide", "f1"],
    ])));
  });
  if (!parts.length) parts.push(dl([["tiles", thousands(data.images.name.length)], ["instances", thousands(data.images.instances.reduce((a, b) => a + b, 0))], ["classes", thousands(data.classes.length)], ...(data.slides.length ? [["slides", thousands(data.slides.length)]] : [])]));
  const notes = [...data.notes, ...models.flatMap((m) => [...data.models[m].notes, ...(data.models[m].boxes ? ["matched by boxes: not all instances and predictions have a mask"] : [])])];
  if (models.length && inFilter && Object.keys(state.where).length) parts.push(el("span", { className: "note", textContent: "of the tiles in the filter" }));
  if (notes.length) parts.push(el("button", { type: "button", id: "notes", textContent: plural(notes.length, "note", "notes"), onclick: () => dialog("Notes", notes.map((t) => el("p", { textContent: t }))) }));
  fill($("scores"), parts);
}

/** Writes what the colours mean. */
function drawLegend() {
  const models = shownModels().flat(), view = viewOf(models.length > 0), list = [];
  const key = (style, text, n) => {
    const canvas = el("canvas", { "aria-hidden": "true" });
    drawKey(canvas, style, n === "line" ? "outline" : state.shape);
    list.push(el("li", {}, canvas, el("span", { textContent: text, title: text })));
  };
  const scale = (from, to, text) => {
    const canvas = el("canvas", { width: 120, height: 10, "aria-hidden": "true" }), ctx = canvas.getContext("2d");
    for (let x = 0; x < 120; x++) { ctx.fillStyle = ramp(x / 119); ctx.fillRect(x, 0, 1, 10); }
    list.push(el("li", { className: "ramp" }, el("span", { textContent: `${text} ${from}` }), canvas, el("span", { textContent: to })));
  };
  const boxes = models.length && data.models[models[0]].boxes;
  if (view.color === "match" && models.length) {
    key(matchStyle("found"), "correct prediction");
    key(matchStyle("false"), "false prediction");
    key(matchStyle("hit"), boxes ? "box found" : "outline found", "line");
    key(matchStyle("missed"), boxes ? "box missed" : "outline missed", "line");
    if (unlabelled.size) key(matchStyle("unknown"), "not counted");
  } else if (view.color === "review") {
    for (const v of ["accepted", "rejected", "uncertain", "undecided"]) key(verdictStyle(v), v);
  } else if (view.color === "score") {
    scale("0", "1", "score");
  } else if (view.color === "agreement") {
    scale("1", String(data.agreement), "models");
  } else if (view.color === "model") {
    models.forEach((m, n) => key(nth(n), data.models[m].name));
  } else if (view.color === "class") {
    data.classes.forEach((c, k) => { if (view.classes.has(k) && list.length < 24) key(nth(k), c.name); });
  }
  if (models.length && view.color !== "match") key(matchStyle("truth"), "outline", "line");
  fill($("keys"), list);
  const field = tintField(), tints = [];
  if (field) {
    field.values.slice(0, 24).forEach((v, n) => {
      const canvas = el("canvas", { width: 26, height: 14, "aria-hidden": "true" }), ctx = canvas.getContext("2d"), color = tintColor(field, n);
      ctx.fillStyle = color + "55"; ctx.fillRect(1, 1, 24, 12);
      ctx.strokeStyle = color; ctx.lineWidth = 2; ctx.strokeRect(2, 2, 22, 10);
      tints.push(el("li", {}, canvas, el("span", { textContent: v, title: v })));
    });
    const say = (text) => tints.push(el("li", { className: "wide" }, el("span", { textContent: text })));
    if (show.seams.length) say(`hatched borders: ${plural(show.seams.length, "pair", "pairs")} of tiles leaking between folds`);
    if (show.apart.size) say(`hatched tiles: ${thousands(show.apart.size)} kept apart from the training of a fold, by a buffer of ${plural(data.plan.buffer, "pixel", "pixels")}`);
  }
  fill($("tint-keys"), tints);
}

/**
 * Finds where tiles touch or overlap of which one is trained on while the other is validated, and the tiles that are kept
 * apart from training.
 */
function seams() {
  show.seams = [];
  show.apart = new Set();
  const field = tintField();
  if (!field || field.name !== "fold") return;
  const apart = new Map();
  if (data.plan) for (const [fold, list] of Object.entries(data.plan.apart)) apart.set(fold, new Set(list));
  for (const list of apart.values()) for (const i of list) show.apart.add(i);
  if (state.layout === "grid") return;
  const { slide } = data.images, foldOf = (i) => field.values[field.of[i]];
  const trains = (i, j) => /^\d+$/.test(foldOf(j)) && !(apart.has(foldOf(j)) && apart.get(foldOf(j)).has(i)); // i, while j is validated
  world.rects.forEach((r, i) => {
    if (!r || slide[i] < 0) return;
    for (const j of world.within(r.x - 0.5, r.y - 0.5, r.x + r.w + 0.5, r.y + r.h + 0.5)) {
      const o = world.rects[j];
      if (j <= i || slide[j] !== slide[i] || field.of[j] === field.of[i]) continue;
      if ([i, j].some((v) => foldOf(v) === "none") || !(trains(i, j) || trains(j, i))) continue;
      const x = Math.max(r.x, o.x), y = Math.max(r.y, o.y), w = Math.min(r.x + r.w, o.x + o.w) - x, h = Math.min(r.y + r.h, o.y + o.h) - y;
      show.seams.push({ x, y, w, h, size: Math.min(r.w, o.w) });
    }
  });
}

/** Chooses what is at a point. */
function click(n, x, y) {
  const onPin = show.pins && pinAt(x, y);
  if (onPin) return details.finding(findings, onPin.n);
  const hit = panes[n].at(x, y);
  if (hit) return choose(hit);
  select(null);
  const [i] = world.within(x, y, x, y);
  if (i === undefined) return;
  set({ image: i });
  if (!$("side").hidden && !state.review) details.tile(i);
}

/** The pin at a point of the world. */
function pinAt(x, y) {
  const near = 20 / camera.scale;
  for (const i of world.within(x - near, y - near, x + near, y + near)) {
    const r = world.rects[i];
    for (const p of show.pins.get(i) || []) if (Math.hypot((r.x + p.x * r.k - x) * camera.scale, (r.y + p.y * r.k - y) * camera.scale - 13) < 9) return p;
  }
  return null;
}

function select(hit) {
  selected = hit;
  show.selected = hit;
  redraw();
}

/** Shows what is known of an instance. */
function choose(hit) {
  select(hit);
  set({ image: hit.image });
  if (state.review && hit.layer.isLabel) {
    const item = { index: hit.index, image: hit.image, box: [...hit.cell.box.subarray(4 * hit.n, 4 * hit.n + 4)], score: Number.isNaN(hit.cell.score[hit.n]) ? null : hit.cell.score[hit.n], verdict: review.verdicts.get(hit.index) || "undecided" };
    review.items.splice(review.at + 1, 0, item);
    review.at++;
    review.draw();
    return;
  }
  details.instance(hit);
}

function openSide(title) {
  $("side").hidden = false;
  $("side-title").textContent = title;
  resized();
  return $("side-body");
}

function closeSide() {
  $("side").hidden = true;
  if (state.review) set({ review: false });
  select(null);
  resized();
}

function dialog(title, ...children) {
  $("dialog-title").textContent = title;
  fill($("dialog-body"), ...children);
  $("dialog").showModal();
}

let bannerTimer = 0;

function banner(text, stays) {
  clearTimeout(bannerTimer);
  $("banner").textContent = text;
  $("banner").hidden = !text;
  if (text && !stays) bannerTimer = setTimeout(() => { $("banner").hidden = true; }, 6000);
}

/** Saves the view as a PNG. */
async function savePicture() {
  const ratio = window.devicePixelRatio || 1, widths = panes.map((p) => p.canvas.width), gap = Math.round(2 * ratio);
  for (const p of panes) p.finish(camera);
  frame();
  const out = new OffscreenCanvas(widths.reduce((a, b) => a + b, gap * (panes.length - 1)), panes[0].canvas.height), ctx = out.getContext("2d");
  let x = 0;
  for (const p of panes) {
    ctx.drawImage(p.canvas, x, 0);
    x += p.canvas.width + gap;
  }
  const url = URL.createObjectURL(await out.convertToBlob({ type: "image/png" }));
  const a = el("a", { href: url, download: `${data.title.replace(/[^\p{L}\p{N}._-]+/gu, "_") || "view"}.png` });
  a.click();
  setTimeout(() => URL.revokeObjectURL(url), 10000);
}

function copyField(label, text) {
  const area = el("textarea", { value: text, readOnly: true, rows: Math.min(6, 1 + Math.floor(text.length / 70)), spellcheck: false, "aria-label": label });
  const button = el("button", { type: "button", textContent: "Copy", "aria-label": `Copy: ${label}`, onclick: async () => {
    try {
      await navigator.clipboard.writeText(text);
      button.textContent = "Copied";
    } catch {
      area.select();
      button.textContent = "Ctrl-C";
    }
  } });
  return el("div", { className: "field" }, el("span", { className: "soft", textContent: label }), el("div", { className: "code" }, area, button));
}

function showCommands() {
  const link = location.href.split("#")[0] + "#" + permalink();
  dialog("Command line and link", commandLines(data, state).map(([label, text]) => copyField(label, text)), copyField("This view, while the program runs", link));
}

const KEYS = [["Arrows", "move; Shift: further"], ["+ −", "zoom"], ["0", "show all"], ["N P", "next and previous tile"], ["I", "instances of the tile"], ["[ ]", "less and more score"], ["{ }", "less and more IoU"], ["/", "search"], ["C", "color by the next"], ["L", "scores next to instances"], ["O", "what the files were made from"], ["Esc", "close"]];
const REVIEW_KEYS = [["A R U", "accept, reject, uncertain"], ["Z", "take the last decision back"], ["N B", "next and back, without a decision"]];

function showHelp() {
  const list = (keys) => el("dl", { className: "keys" }, keys.map(([k, t]) => [el("dt", {}, k.split(" ").map((x) => [el("kbd", { textContent: x }), " "])), el("dd", { textContent: t })]));
  dialog("Keys and help", el("p", { textContent: "Drag to move, turn the wheel or pinch to zoom, click an instance for what is known of it." }), list(KEYS),
    review ? [el("p", { textContent: "In a review:" }), list(REVIEW_KEYS)] : [],
    el("p", { className: "soft", textContent: `hubdata ${data.version}. Nothing leaves this machine, and the dataset is never written to.` }));
}

function setTheme(theme) {
  document.documentElement.dataset.theme = theme;
  show.colors = colors();
  restyle();
}

function nudge(id, by) {
  const input = $(id);
  if (!input.offsetParent) return;
  input.value = Number(input.value) + by * Number(input.step);
  input.dispatchEvent(new Event("input"));
}

function key(e) {
  if ($("dialog").open || e.ctrlKey || e.metaKey || e.altKey) return;
  const tag = e.target.tagName, typing = tag === "SELECT" || tag === "TEXTAREA" || (tag === "INPUT" && !["checkbox", "radio", "range"].includes(e.target.type));
  if (e.key === "Escape") {
    if (typing) e.target.blur();
    else if (!$("side").hidden) closeSide();
    return;
  }
  if (typing) return;
  const k = e.key.length === 1 ? e.key.toLowerCase() : e.key;
  if (state.review && review) {
    const f = { a: () => review.decide("accept"), r: () => review.decide("reject"), u: () => review.decide("uncertain"), z: () => review.undo(), n: () => review.step(1), b: () => review.step(-1) }[k];
    if (f) {
      e.preventDefault();
      f();
      return;
    }
  }
  const f = {
    0: fit, n: () => stepTile(1), p: () => stepTile(-1), i: () => state.image >= 0 && details.tile(state.image), "/": () => { showRail(true); $("search").focus(); },
    "[": () => nudge("score", -1), "]": () => nudge("score", 1), "{": () => nudge("iou", -1), "}": () => nudge("iou", 1), l: () => set({ labels: !state.labels }), o: () => details.lineage(),
    c: () => { const s = $("color"); set({ color: s.options[(s.selectedIndex + 1) % s.options.length].value }); }, "?": showHelp,
  }[e.key === "{" || e.key === "}" ? e.key : k];
  if (f) {
    e.preventDefault();
    f();
    return;
  }
  const onStage = e.target === document.body || e.target.tagName === "CANVAS" || e.target.id === "stage";
  if (onStage && camera.key(e)) e.preventDefault();
}

function stepTile(by) {
  const i = rail.step(by);
  if (i >= 0) {
    goToImage(i);
    rail.reveal(i);
    $("said").textContent = `${data.images.name[i]}, ${railText(i).join(", ")}`;
  }
}

function showRail(on) {
  $("rail").hidden = !on;
  $("rail-toggle").setAttribute("aria-expanded", String(on));
  resized();
}

function resized() { restyle(); }

/** Writes what the state says into the controls. */
function writeControls() {
  $("score").value = state.score === null ? 0 : state.score;
  $("score-value").textContent = state.score === null ? "all" : Number(state.score).toFixed(2);
  $("iou").value = state.iou;
  $("iou-value").textContent = Number(state.iou).toFixed(2);
  $("score").setAttribute("aria-valuetext", $("score-value").textContent);
  for (const name of ["compare", "layout"]) for (const r of document.getElementsByName(name)) r.checked = r.value === (name === "layout" && !data.slides.length ? "grid" : state[name]);
  for (const id of ["model", "second", "color", "shape", "tint", "sort"]) $(id).value = state[id];
  $("labels").checked = state.labels;
  $("pins").checked = state.pins;
  $("second-label").hidden = state.compare === "one" || data.models.length < 2;
  $("compare").hidden = data.models.length < 2;
  $("review-toggle").setAttribute("aria-pressed", String(state.review));
}

function colorChoices() {
  const list = [];
  if (data.models.length) list.push(["match", "match"]);
  list.push(["class", "class"], ["instance", "instance"]);
  if (data.scored) list.push(["score", "score"]);
  if (data.agreement > 1) list.push(["agreement", "agreement of models"]);
  if (data.models.length > 1) list.push(["model", "model"]);
  if (data.review && !data.models.length) list.push(["review", "review"]);
  return list;
}

/** Follows what changed. */
function changed(what) {
  const any = (...names) => names.some((n) => what.has(n));
  writeControls();
  if (any("model", "second", "compare", "color", "shape", "labels", "score", "iou", "classes")) layers();
  if (any("model", "iou")) aps = null;
  if (any("model", "second", "compare", "score", "iou", "where", "classes")) {
    if (state.model >= 0) fetchScores();
    if (any("iou", "score", "model") && ["ap", "agreement", "near"].includes(state.sort)) fetchKeysSoon();
    if (any("model", "second", "compare") || state.model < 0) drawScores();
  }
  if (any("sort")) fetchKeysSoon();
  if (any("where", "search", "classes")) {
    filterImages();
    if (state.layout === "grid" || !data.slides.length) rearrange(false);
  }
  if (any("layout")) rearrange(false);
  if (any("compare", "second") && world) { resized(); redraw(); }
  if (any("tint")) seams();
  if (any("tint", "color", "shape", "model", "second", "compare", "classes", "layout")) drawLegend();
  if (any("pins")) (state.pins ? fetchFindings() : Promise.resolve()).then(drawPins).catch(() => {});
  if (any("image")) rail.mark();
  if (any("review") && review) {
    if (state.review) { set({ color: data.models.length ? state.color : "review" }); openSide("Review"); review.open(); }
    else if (!$("side").hidden) $("side").hidden = true;
    resized();
  }
  restyle();
}

/** Whether a value of a permalink is of this dataset. */
function fits(name, value) {
  switch (name) {
    case "model": case "second": return Number.isInteger(value) && value >= 0 && value < data.models.length;
    case "score": return data.scored;
    case "iou": return value >= data.ious[0] - 1e-9 && value <= data.ious[1] + 1e-9;
    case "image": return Number.isInteger(value) && value >= 0 && value < data.images.name.length;
    case "layout": return ["mosaic", "grid"].includes(value);
    case "compare": return ["one", "over", "side"].includes(value) && data.models.length > 1;
    case "color": return colorChoices().some(([v]) => v === value);
    case "shape": return ["outline", "mask", "both"].includes(value);
    case "sort": return sortChoices().some(([v]) => v === value);
    case "tint": return data.fields.some((f) => f.name === value);
    case "class": return data.classes.some((c) => c.id === value);
    case "where": {
      const f = data.fields.find((x) => value.startsWith(x.name + "=") && x.values.includes(value.slice(x.name.length + 1)));
      return f ? [f.name, value.slice(f.name.length + 1)] : null;
    }
  }
  return true;
}

function sortChoices() {
  const list = [["name", "as in the file"], ["instances", "most instances"]];
  if (data.models.length) list.push(["ap", "worst AP"], ["false", "most false"], ["missed", "most missed"]);
  if (data.scored) list.push(["near", "nearest to the score"]);
  if (data.agreement > 1) list.push(["agreement", "least agreement"]);
  list.push(["findings", "most check findings"]);
  return list;
}

async function start() {
  setThemeFromSystem();
  data = await api.json("overview");
  setStyles(data.style, data.classes.length);
  show.side = data.side;
  densities = new Densities(1, 48 * MB, data.images, data.side, restyleSoon);
  unlabelled = new Set(data.images.unlabelled || []);
  document.title = `${data.title} – hubdata view`;
  $("name").textContent = data.title;
  $("name").title = data.in;
  $("subtitle").textContent = `${plural(data.images.name.length, "tile", "tiles")}${data.pictures ? "" : ", no folder of images found"}`;
  camera = new Camera(() => {
    state.camera = camera.get();
    rememberCamera();
    redraw();
  });
  begin({ model: data.models.length ? 0 : -1, second: data.models.length > 1 ? 1 : -1, iou: data.iou, score: data.score, color: colorChoices()[0][0], layout: data.slides.length ? "mosaic" : "grid" });
  const asked = fromPermalink(location.hash.slice(1), fits);
  Object.assign(state, asked);

  $("models").hidden = !data.models.length;
  options($("model"), data.models.map((m, i) => [i, m.name]), state.model);
  options($("second"), data.models.map((m, i) => [i, m.name]), state.second);
  options($("color"), colorChoices(), state.color);
  options($("sort"), sortChoices(), state.sort);
  options($("tint"), [["", "nothing"], ...data.fields.map((f) => [f.name, f.name])], state.tint);
  $("tint-row").hidden = !data.fields.length;
  $("score-box").hidden = !data.scored;
  $("iou-box").hidden = !data.models.length;
  Object.assign($("iou"), { min: data.ious[0], max: data.ious[1], step: data.ious[2] });
  $("iou").value = state.iou;
  if (!data.slides.length) document.querySelector(".float.tl").hidden = true;

  rail = new Rail({
    name: (i) => data.images.name[i], text: railText, chosen: () => state.image,
    choose: (i) => { goToImage(i); rail.reveal(i); if (matchMedia("(max-width: 760px)").matches) showRail(false); },
    thumbnail(i, canvas) {
      if (canvas.dataset.drawn) return;
      let level = 0;
      while (Math.max(data.images.width[i], data.images.height[i]) / 2 ** level > 160) level++;
      const got = thumbnails.get(`${i}/${level}`, [i, level, 0, 0]);
      if (!got) return;
      canvas.dataset.drawn = "1";
      if (got.bitmap) drawThumbnail(canvas, got.bitmap);
    },
  });
  details = new Details({ data: () => data, openSide, dialog, say: (t) => { $("said").textContent = t; }, choose, slidersQuery, select, panes: () => panes, goToBox, goToImage, goToInstance, unlabelled, position, model: () => state.model });
  const fieldsAndClasses = () => {
    fillFields(data.fields, state.where, (where) => set({ where }));
    if (data.classes.filter((c) => c.shown).length < 2) return;
    const chosen = new Set(state.classes || []);
    $("fields").prepend(el("fieldset", {}, el("legend", { textContent: "class" }), el("div", { className: "values" }, data.classes.filter((c) => c.shown).map((c) => el("label", { className: "chip" },
      el("input", { type: "checkbox", checked: chosen.has(c.id), onchange: (e) => {
        if (e.target.checked) chosen.add(c.id); else chosen.delete(c.id);
        set({ classes: chosen.size ? new Set(chosen) : null });
      } }), el("span", { textContent: c.name, title: `${c.name}: ${plural(c.count, "instance", "instances")}` }))))));
  };
  if (Array.isArray(state.classes)) state.classes = new Set(state.classes);
  fieldsAndClasses();
  wire();
  layers();
  filterImages();
  rearrange(Boolean(asked.camera));
  if (asked.camera) camera.set(asked.camera.x, asked.camera.y, asked.camera.scale);
  frame(); // at once: it asks for pictures before the rail's thumbnails are sent for
  writeControls();
  drawLegend();
  drawScores();
  if (state.model >= 0) fetchScores();
  if (state.sort !== "name" || state.pins) fetchKeys().then(() => { filterImages(); drawPins(); }).catch(() => {});
  if (data.review) {
    $("review-toggle").hidden = false;
    review = new Review({
      info: data.review, body: $("side-body"), nameOf: (i) => data.images.name[i], changed: restyleReview, say: (t) => { $("said").textContent = t; }, failed: (t) => banner(t, true),
      goTo: (item) => { goToBox(item.image, item.box); highlight(item); },
      selection: () => ({ score: scoreQuery() ?? 0.5, where: whereQuery(), class: classQuery() }),
    });
    await review.start();
    const wanted = asked.review === undefined ? true : asked.review;
    state.review = false;
    if (wanted) set({ review: true });
  }
  document.documentElement.dataset.ready = "true";
  window.hubdata = { timings, state, camera, get panes() { return panes; }, get last() { return last; } };
}

function restyleReview() {
  layers();
  restyle();
}

/** Calls f with the outline of an instance, once it is drawn, as long as it is needed. */
function whenDrawn(image, index, isOf, needed, f, tries = 60) {
  if (!needed()) return;
  for (const p of panes) for (const { i, cell, layer } of p.hits) {
    const n = i === image && isOf(layer) ? cell.index.indexOf(index) : -1;
    if (n >= 0) return f({ image: i, cell, n, layer, index });
  }
  if (tries > 0) setTimeout(() => whenDrawn(image, index, isOf, needed, f, tries - 1), 50);
}

/** Selects the outline of what is reviewed. */
function highlight(item) {
  select(null);
  whenDrawn(item.image, item.index, (layer) => layer.isLabel, () => review.current && review.current.index === item.index, select);
}

let going = 0;

/** Goes to an instance of a layer, and shows what is known of it. */
function goToInstance({ image, index, box }, of) {
  const turn = ++going;
  goToBox(image, box);
  whenDrawn(image, index, (layer) => layer.key === of.key, () => turn === going, choose);
}

const rememberCamera = later(300, () => set({ camera: camera.get() }));

function setThemeFromSystem() {
  const asked = memory.get("theme"), media = matchMedia("(prefers-color-scheme: dark)");
  setTheme(asked || (media.matches ? "dark" : "light"));
  media.addEventListener("change", () => { if (!memory.get("theme")) setTheme(media.matches ? "dark" : "light"); });
}

/** Two models over each other are told apart by their colours, not by what is found. */
function colorFor(name, value) {
  if (name !== "compare" || !data.models.length) return {};
  if (value === "over") return state.color === "match" ? { color: "model" } : {};
  return state.color === "model" ? { color: "match" } : {};
}

/** Connects the controls. */
function wire() {
  const on = (id, type, f) => $(id).addEventListener(type, f);
  on("score", "input", (e) => set({ score: Number(e.target.value) }));
  on("iou", "input", (e) => set({ iou: Math.round(Number(e.target.value) * 100) / 100 }));
  for (const id of ["color", "shape", "tint", "sort"]) on(id, "change", (e) => set({ [id]: e.target.value }));
  for (const id of ["model", "second"]) on(id, "change", (e) => set({ [id]: Number(e.target.value) }));
  for (const name of ["compare", "layout"]) for (const r of document.getElementsByName(name)) r.addEventListener("change", () => set({ [name]: r.value, ...colorFor(name, r.value) }));
  on("labels", "change", (e) => set({ labels: e.target.checked }));
  on("pins", "change", (e) => set({ pins: e.target.checked }));
  on("search", "input", (e) => set({ search: e.target.value }));
  on("zoom-in", "click", () => camera.zoom(1.5));
  on("zoom-out", "click", () => camera.zoom(1 / 1.5));
  on("fit", "click", fit);
  on("theme", "click", () => { const next = dark() ? "light" : "dark"; memory.set("theme", next); setTheme(next); });
  on("lineage", "click", () => details.lineage());
  on("command", "click", showCommands);
  on("help", "click", showHelp);
  on("picture", "click", savePicture);
  on("rail-toggle", "click", () => showRail($("rail").hidden));
  on("side-close", "click", closeSide);
  on("dialog-close", "click", () => $("dialog").close());
  on("review-toggle", "click", () => set({ review: !state.review }));
  $("search").value = state.search;
  document.addEventListener("keydown", key);
  new ResizeObserver(() => restyle()).observe($("panes"));
  onChange(changed);
  if (matchMedia("(max-width: 760px)").matches) {
    showRail(false);
    $("legend").open = false;
  }
  window.addEventListener("hashchange", () => location.reload());
}

let wasGone = false;

api.onGone((isGone) => {
  if (isGone !== wasGone) banner(isGone ? "The program has ended: run hubdata view again, and open the address that it prints." : "", isGone);
  wasGone = isGone;
});

start().catch((e) => banner(`The page could not start: ${e.message}`, true));
