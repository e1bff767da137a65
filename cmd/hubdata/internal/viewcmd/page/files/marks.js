// How instances are drawn: the colours and lines of "hubdata show".

export const LINE = 1.8; // width of a line in pixels of the screen

let sheet = null, classCount = 0;

/** Sets the colours and lines. */
export function setStyles(style, classes) {
  sheet = style;
  classCount = classes;
}

const solid = (color) => ({ color, casing: light(color) ? "#000000" : "#ffffff", dash: [], mark: "" });

function light(color) {
  const v = [1, 3, 5].map((i) => parseInt(color.slice(i, i + 2), 16));
  return 299 * v[0] + 587 * v[1] + 114 * v[2] >= 128000;
}

/** The n-th style of a list: where colours repeat, lines differ. */
export const nth = (n) => sheet.classes[n % sheet.classes.length];
export const matchStyle = (name) => sheet.match[name];
export const ramp = (v) => sheet.ramp[Math.round(Math.min(Math.max(v || 0, 0), 1) * (sheet.ramp.length - 1))];
export const grey = () => sheet.grey;

const VERDICTS = { accepted: "found", rejected: "false", uncertain: "missed", undecided: "truth" };

/** The style of a verdict. */
export const verdictStyle = (verdict) => sheet.match[VERDICTS[verdict] || "truth"];

/** What a position of the IoU's slider makes of shape i of a cell: {partner, score} or null, if it is not counted. */
export function partnerOf(cell, i, position) {
  for (let s = cell.spanAt[i]; s < cell.spanAt[i + 1]; s++) if (position <= cell.last[s]) return { partner: cell.partner[s], score: cell.partnerScore[s] };
  return null;
}

/** The outcome of shape i: found, missed, false, ignored or uncounted; null: it is not shown. */
export function outcome(cell, i, isLabel, view) {
  if (!isLabel && !(cell.score[i] >= view.score)) return null;
  const p = partnerOf(cell, i, view.position);
  if (!p) return "uncounted";
  if (p.partner === -2) return "ignored";
  if (p.partner === -1) return isLabel ? "missed" : "false";
  return !isLabel || p.score >= view.score ? "found" : "missed";
}

/**
 * The style of shape i of a layer; null: it is not drawn. view has what is shown: score, position, color, classes,
 * hasModel, agreement, verdicts, unlabelled.
 */
export function styleOf(cell, i, layer, view) {
  const category = cell.category[i];
  if (view.classes && !view.classes.has(category)) return null;
  if (layer.isLabel && !view.hasModel) {
    if (cell.score[i] < view.score) return null;
    if (view.color === "review") return verdictStyle(view.verdicts.get(cell.index[i]) || "undecided");
    return colored(cell, i, layer, view);
  }
  const what = outcome(cell, i, layer.isLabel, view);
  if (what === null) return null;
  if (layer.isLabel) {
    if (view.color !== "match") return sheet.match.truth;
    return { found: sheet.match.hit, missed: sheet.match.missed, ignored: sheet.match.ignored, uncounted: sheet.match.truth }[what];
  }
  if (view.color !== "match") return colored(cell, i, layer, view);
  return { found: sheet.match.found, false: sheet.match.false, ignored: sheet.match.ignored, uncounted: sheet.match.unknown }[what];
}

function colored(cell, i, layer, view) {
  switch (view.color) {
    case "score":
      return Number.isNaN(cell.score[i]) ? solid(sheet.grey) : byRamp(cell.score[i]);
    case "agreement":
      return cell.value[i] === 0 ? solid(sheet.grey) : byRamp((cell.value[i] - 1) / Math.max(view.agreement - 1, 1));
    case "instance":
      return nth(cell.index[i] % 7);
    case "model":
      return nth(layer.order);
  }
  return cell.category[i] < 0 ? solid(sheet.grey) : nth(cell.category[i]);
}

const ramps = new Map();

function byRamp(v) {
  const color = ramp(v);
  if (!ramps.has(color)) ramps.set(color, solid(color));
  return ramps.get(color);
}

/** Strokes a path, over its casing. unit is how long a pixel of the screen is. */
export function strokeCasing(ctx, path, style, unit, width = LINE) {
  ctx.setLineDash(dashes(style, unit, width));
  ctx.globalAlpha = light(style.color) ? 0.5 : 0.6;
  ctx.strokeStyle = style.casing;
  ctx.lineWidth = width * 1.75 * unit;
  ctx.stroke(path);
  ctx.globalAlpha = 1;
}

export function strokeLine(ctx, path, style, unit, width = LINE) {
  ctx.setLineDash(dashes(style, unit, width));
  ctx.strokeStyle = style.color;
  ctx.lineWidth = width * unit;
  ctx.stroke(path);
}

function dashes(style, unit, width) { return style.dash.map((v) => v * unit * width / LINE); }

/** Adds the outline of shape i to a path. */
export function addShape(path, cell, i) {
  const from = cell.ringAt[i], to = cell.ringAt[i + 1], xy = cell.xy;
  if (from === to) {
    path.rect(cell.box[4 * i], cell.box[4 * i + 1], cell.box[4 * i + 2], cell.box[4 * i + 3]);
    return;
  }
  for (let r = from; r < to; r++) {
    const first = cell.vertexAt[r], last = cell.vertexAt[r + 1];
    path.moveTo(xy[2 * first], xy[2 * first + 1]);
    for (let v = first + 1; v < last; v++) path.lineTo(xy[2 * v], xy[2 * v + 1]);
    path.closePath();
  }
}

/** Whether a point of the image is in shape i. */
export function contains(cell, i, x, y) {
  const [bx, by, bw, bh] = cell.box.subarray(4 * i, 4 * i + 4);
  if (x < bx - 1 || x > bx + bw + 1 || y < by - 1 || y > by + bh + 1) return false;
  const from = cell.ringAt[i], to = cell.ringAt[i + 1];
  if (from === to) return true;
  let inside = false;
  for (let r = from; r < to; r++) {
    const first = cell.vertexAt[r], last = cell.vertexAt[r + 1];
    for (let v = first, u = last - 1; v < last; u = v++) {
      const xi = cell.xy[2 * v], yi = cell.xy[2 * v + 1], xj = cell.xy[2 * u], yj = cell.xy[2 * u + 1];
      if (yi > y !== yj > y && x < ((xj - xi) * (y - yi)) / (yj - yi) + xi) inside = !inside;
    }
  }
  return inside;
}

/** Draws the mark of a style at a point of the screen. */
export function drawMark(ctx, style, x, y, ratio) {
  const r = 3.5 * ratio;
  ctx.setLineDash([]);
  for (const [color, width, alpha] of [[style.casing, 3.2, 0.55], [style.color, LINE, 1]]) {
    ctx.strokeStyle = color;
    ctx.lineWidth = width * ratio;
    ctx.globalAlpha = alpha;
    ctx.beginPath();
    if (style.mark === "cross") {
      ctx.moveTo(x - r, y - r); ctx.lineTo(x + r, y + r); ctx.moveTo(x - r, y + r); ctx.lineTo(x + r, y - r);
    } else {
      ctx.arc(x, y, r, 0, 2 * Math.PI);
    }
    ctx.stroke();
  }
  ctx.globalAlpha = 1;
}

/** Draws a style as the key of a legend. */
export function drawKey(canvas, style, shape) {
  const ratio = window.devicePixelRatio || 1;
  canvas.width = 26 * ratio;
  canvas.height = 14 * ratio;
  const ctx = canvas.getContext("2d");
  ctx.scale(ratio, ratio);
  const path = new Path2D();
  path.roundRect(2, 2, 22, 10, 3);
  if (shape !== "outline") {
    ctx.globalAlpha = 0.4;
    ctx.fillStyle = style.color;
    ctx.fill(path);
    ctx.globalAlpha = 1;
  }
  if (shape !== "mask") {
    strokeCasing(ctx, path, style, 1);
    strokeLine(ctx, path, style, 1);
  }
  if (style.mark) {
    ctx.setTransform(1, 0, 0, 1, 0, 0);
    drawMark(ctx, style, 13 * ratio, 7 * ratio, ratio * 0.8);
  }
}
