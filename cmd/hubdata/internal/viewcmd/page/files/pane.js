// A pane: a canvas with the tiles and what is drawn over them.
//
// Pictures are drawn in each frame. What is over them is drawn into a buffer somewhat larger than the canvas, in slices of
// a few milliseconds; until a new one is ready, the old one is moved and scaled with the tiles. Where there are many
// pictures, they are drawn into such a buffer too: the ground.
import { LINE, addShape, contains, drawMark, outcome, strokeCasing, strokeLine, styleOf } from "./marks.js";
import { LARGEST } from "./sheets.js";

const MARGIN = 0.3;    // of the buffer, on each side, as a part of the canvas
const EARLY = 0.1;     // of this, when a new one is begun
const MANY = 300;      // pictures that are drawn into a buffer
const SLICE = 7;       // milliseconds of a frame for the buffer
const LEAST = 0.2;     // milliseconds of a slice, at least, for telling the browser what to draw
const SQUARE = 512;    // as pictures.Side
const CELL = 1024;     // as shapes.Cell
const DENSE = 3;       // pixels of the screen below which an instance is density
const MARK_LEAST = 16; // pixels of an instance with a mark
const LABEL_LEAST = 34;

export class Pane {
  /** show is what all panes show: see main.js. */
  constructor(canvas, show) {
    Object.assign(this, { canvas, show, front: null, job: null, stale: true, hits: [], telling: 1 });
    this.ctx = canvas.getContext("2d", { alpha: false });
  }

  /** Sets the layers: {key, isLabel, model, order}; those later are drawn above. */
  setLayers(layers, view) {
    this.layers = layers;
    this.view = view;
    this.stale = true;
  }

  /** Forgets what was drawn over the tiles, which are elsewhere now. */
  forget() {
    this.front = this.job = null;
    this.hits = [];
    this.stale = true;
  }

  resize() {
    const ratio = window.devicePixelRatio || 1, w = Math.round(this.canvas.clientWidth * ratio), h = Math.round(this.canvas.clientHeight * ratio);
    if (this.canvas.width !== w || this.canvas.height !== h) {
      this.canvas.width = w;
      this.canvas.height = h;
      this.stale = true;
    }
    this.ratio = ratio;
  }

  /** Draws a frame. It returns whether another one is needed. */
  frame(camera) {
    this.resize();
    const { ctx, canvas } = this, s = camera.scale * this.ratio;
    if (!canvas.width || !canvas.height) return false;
    this.toX = (x) => (x - camera.x) * s + canvas.width / 2;
    this.toY = (y) => (y - camera.y) * s + canvas.height / 2;
    ctx.setTransform(1, 0, 0, 1, 0, 0);
    ctx.fillStyle = this.show.colors.stage;
    ctx.fillRect(0, 0, canvas.width, canvas.height);
    const view = { ctx, canvas, s, x: camera.x - canvas.width / 2 / s, y: camera.y - canvas.height / 2 / s };
    const seen = this.show.world.within(view.x, view.y, view.x + canvas.width / s, view.y + canvas.height / s);
    if (!this.covered(view)) this.stale = true;
    if (this.stale && !this.job) this.begin(camera, s);
    if (this.job) this.work();
    const { front } = this, put = (buffer) => ctx.drawImage(buffer, this.toX(front.x), this.toY(front.y), buffer.width * s / front.s, buffer.height * s / front.s);
    if (seen.length > MANY && front && front.ground && has(front, view, 0)) put(front.ground);
    else if (seen.length <= MANY || front) Array.from(this.pictures(view, seen)); // all of them
    this.drawTitles();
    if (front) put(front.canvas);
    this.drawSelection(s);
    return Boolean(this.job) || this.stale;
  }

  /** Whether a buffer has all that is seen and somewhat more, at this scale. */
  covered(view) {
    const f = this.job || this.front;
    return f && Math.abs(f.s / view.s - 1) < 1e-6 && has(f, view, EARLY);
  }

  /** Draws pictures, one after the other. */
  *pictures(to, images) {
    const { show } = this, { ctx, s } = to, { rects } = show.world;
    ctx.setTransform(1, 0, 0, 1, 0, 0);
    ctx.setLineDash([]);
    ctx.imageSmoothingEnabled = true;
    for (const i of images) {
      const r = rects[i], x = (r.x - to.x) * s, y = (r.y - to.y) * s, w = r.w * s, h = r.h * s;
      ctx.globalAlpha = show.dimmed(i) ? 0.22 : 1;
      const reason = this.drawPicture(to, i, r, x, y, w, h);
      ctx.globalAlpha = 1;
      const tint = show.tint(i);
      if (tint) {
        ctx.fillStyle = tint + "2e";
        ctx.fillRect(x, y, w, h);
      }
      if (show.apart.has(i)) {
        ctx.fillStyle = hatch(ctx, show.colors.text, this.ratio);
        ctx.fillRect(x, y, w, h);
      }
      const edge = Math.max(1, Math.round(this.ratio));
      if (reason !== undefined || tint) {
        ctx.strokeStyle = tint || show.colors.line;
        ctx.lineWidth = tint ? 2 * edge : edge;
        ctx.strokeRect(x + edge, y + edge, w - 2 * edge, h - 2 * edge);
      }
      if (reason && h > 60 * this.ratio) {
        ctx.fillStyle = show.colors.soft;
        ctx.font = `${12 * this.ratio}px system-ui, sans-serif`;
        ctx.textBaseline = "bottom";
        this.text(ctx, reason, x + 8 * this.ratio, y + h - 6 * this.ratio, w - 16 * this.ratio);
      }
      if (i === show.selectedImage()) {
        ctx.strokeStyle = show.colors.accent;
        ctx.lineWidth = 3 * edge;
        ctx.strokeRect(x - edge, y - edge, w + 2 * edge, h + 2 * edge);
      }
      if (show.captions && h > 90 * this.ratio && 0.06 * h > 15 * this.ratio) {
        ctx.fillStyle = show.colors.soft;
        ctx.font = `${12 * this.ratio}px system-ui, sans-serif`;
        ctx.textBaseline = "top";
        this.text(ctx, show.images.name[i], x, y + h + 3 * this.ratio, w);
      }
      yield;
    }
  }

  /** Writes text, shortened to a width. */
  text(ctx, text, x, y, most) {
    if (ctx.measureText(text).width > most) {
      let n = Math.max(1, Math.floor((text.length * most) / ctx.measureText(text).width));
      while (n > 0 && ctx.measureText(text.slice(0, n) + "…").width > most) n--;
      text = n > 0 ? text.slice(0, n) + "…" : "";
    }
    ctx.fillText(text, x, y);
  }

  /** Draws the picture of an image. It returns the reason why there is none; undefined: there is one. */
  drawPicture(to, i, r, x, y, w, h) {
    const { show } = this, { ctx, s } = to;
    const width = show.images.width[i] || 512, height = show.images.height[i] || 512, most = Math.max(w, h);
    const small = show.sheets.get(i, most <= LARGEST ? most : 0);
    ctx.fillStyle = show.colors.blank;
    if (most <= LARGEST) {
      if (small && small.bitmap) ctx.drawImage(small.bitmap, small.x, small.y, small.side, small.side, x, y, w, h);
      else ctx.fillRect(x, y, w, h);
      return small && small.reason;
    }
    let level = 0;
    while (level < 12 && 2 ** (level + 1) * r.k * s <= 1.2) level++;
    const side = SQUARE * 2 ** level, columns = Math.ceil(width / side), rows = Math.ceil(height / side);
    const only = columns * rows === 1 && show.pictures.get(`${i}/${level}/0/0`);
    if (small && small.bitmap && !(only && only.bitmap)) ctx.drawImage(small.bitmap, small.x, small.y, small.side, small.side, x, y, w, h);
    else if (!only || !only.bitmap) ctx.fillRect(x, y, w, h);
    let reason;
    const px = (v) => Math.min(v, width) * r.k * s, py = (v) => Math.min(v, height) * r.k * s;
    for (let row = 0; row < rows; row++) {
      const top = y + py(row * side), bottom = y + py((row + 1) * side);
      if (bottom < 0 || top > to.canvas.height) continue;
      for (let column = 0; column < columns; column++) {
        const left = x + px(column * side), right = x + px((column + 1) * side);
        if (right < 0 || left > to.canvas.width) continue;
        let got = show.pictures.get(`${i}/${level}/${column}/${row}`, [i, level, column, row]);
        if (got && got.reason !== undefined) reason = got.reason;
        if (got && got.bitmap) {
          ctx.drawImage(got.bitmap, left, top, right - left, bottom - top);
          continue;
        }
        for (let up = level + 1; up < level + 8 && !(got && got.bitmap); up++) { // a coarser one, until it is there
          const f = 2 ** (up - level), of = show.pictures.get(`${i}/${up}/${Math.floor(column / f)}/${Math.floor(row / f)}`);
          if (!of || !of.bitmap) continue;
          got = of;
          const part = SQUARE / f, sx = (column % f) * part, sy = (row % f) * part;
          const sw = Math.min(part, of.bitmap.width - sx), sh = Math.min(part, of.bitmap.height - sy);
          if (sw > 0 && sh > 0) ctx.drawImage(of.bitmap, sx, sy, sw, sh, left, top, right - left, bottom - top);
        }
      }
    }
    return reason;
  }

  drawTitles() {
    const { ctx, show } = this;
    if (!show.world.titles.length) return;
    ctx.strokeStyle = show.colors.line;
    ctx.lineWidth = Math.max(1, this.ratio);
    ctx.setLineDash([5 * this.ratio, 5 * this.ratio]);
    ctx.beginPath();
    for (const c of show.world.cuts) {
      ctx.moveTo(this.toX(c.x), this.toY(c.y));
      ctx.lineTo(this.toX(c.x + c.w), this.toY(c.y + c.h));
    }
    ctx.stroke();
    ctx.setLineDash([]);
    ctx.font = `600 ${13 * this.ratio}px system-ui, sans-serif`;
    ctx.textBaseline = "bottom";
    ctx.fillStyle = show.colors.text;
    for (const t of show.world.titles) {
      const x = this.toX(t.x), y = this.toY(t.y), w = this.toX(t.x + t.w) - x;
      if (w < 30 * this.ratio || x > this.canvas.width || y < 0) continue;
      this.text(ctx, `${t.text} · ${t.n === 1 ? "1 tile" : t.n.toLocaleString("en-US") + " tiles"}`, x, y - 5 * this.ratio, Math.max(w, 60 * this.ratio));
    }
  }

  /** Begins a new buffer. */
  begin(camera, s) {
    this.stale = false;
    const { canvas } = this, w = Math.ceil(canvas.width * (1 + 2 * MARGIN)), h = Math.ceil(canvas.height * (1 + 2 * MARGIN));
    const fresh = (old) => {
      const buffer = old && old.width === w && old.height === h ? old : new OffscreenCanvas(w, h), ctx = buffer.getContext("2d");
      ctx.setTransform(1, 0, 0, 1, 0, 0);
      ctx.globalAlpha = 1;
      ctx.clearRect(0, 0, w, h);
      return buffer;
    };
    const buffer = fresh(this.spare && this.spare.canvas);
    const job = { canvas: buffer, ctx: buffer.getContext("2d"), ground: null, s, x: camera.x - w / 2 / s, y: camera.y - h / 2 / s, hits: [] };
    const images = this.show.world.within(job.x, job.y, job.x + w / s, job.y + h / s);
    if (images.length > MANY) job.ground = fresh(this.spare && this.spare.ground);
    this.spare = null;
    job.all = images;
    job.images = images.filter((i) => !this.show.dimmed(i));
    job.steps = this.steps(job);
    this.job = job;
  }

  /**
   * Works on the buffer for a while. The browser draws later what it is told, all at once: it is told as much in a slice
   * as it draws in one, so that an answer that arrives meanwhile does not wait.
   */
  work() {
    const begun = performance.now(), { job } = this;
    let done;
    do done = job.steps.next().done;
    while (!done && performance.now() < begun + this.telling);
    for (const buffer of [job.ground, job.canvas]) if (buffer) settle(buffer);
    this.telling = Math.min(SLICE, Math.max(LEAST, this.telling * Math.min(2, SLICE / (performance.now() - begun))));
    if (!done) return;
    this.spare = this.front;
    this.front = job;
    this.hits = job.hits;
    this.job = null;
  }

  /** Finishes the buffer at once. */
  finish(camera) {
    this.stale = true;
    this.job = null;
    this.begin(camera, camera.scale * this.ratio);
    while (!this.job.steps.next().done);
    this.front = this.job;
    this.hits = this.job.hits;
    this.job = null;
  }

  *steps(job) {
    const { show } = this, dense = show.side * job.s / this.ratio;
    const small = job.images.length ? Math.max(...job.images.slice(0, 50).map((i) => show.world.rects[i].k)) * dense < DENSE : false;
    this.dense = small;
    if (job.ground) yield* this.pictures({ ...job, canvas: job.ground, ctx: job.ground.getContext("2d") }, job.all);
    for (const layer of this.layers) {
      if (small) yield* this.density(job, layer);
      else yield* this.outlines(job, layer);
    }
    if (show.seams.length) yield* this.seams(job);
    if (show.pins) yield* this.pins(job);
  }

  /** Draws outlines, image by image. */
  *outlines(job, layer) {
    const { show, view } = this, { ctx } = job;
    ctx.lineJoin = "round";
    for (const i of job.images) {
      const r = show.world.rects[i], k = r.k * job.s, line = Math.min(LINE, Math.max(0.8, (show.side * k) / this.ratio / 12)), level = Math.max(0, Math.min(12, Math.floor(Math.log2(1 / k) + 0.5)));
      const side = CELL * 2 ** level, width = show.images.width[i], height = show.images.height[i];
      const x = (r.x - job.x) * job.s, y = (r.y - job.y) * job.s, unit = this.ratio / k;
      for (let row = 0; row * side < height; row++) {
        if (y + (row + 2) * side * k < 0 || y + (row - 1) * side * k > job.canvas.height) continue;
        for (let column = 0; column * side < width; column++) {
          if (x + (column + 2) * side * k < 0 || x + (column - 1) * side * k > job.canvas.width) continue;
          const cell = this.cell(layer, i, level, column, row, level > 0 && width <= side && height <= side);
          if (!cell || !cell.n) continue;
          const styles = new Map(), marked = [], labels = [];
          for (let n = 0; n < cell.n; n++) {
            const style = styleOf(cell, n, layer, view);
            if (!style) continue;
            if (!styles.has(style)) styles.set(style, new Path2D());
            addShape(styles.get(style), cell, n);
            const least = Math.min(cell.box[4 * n + 2], cell.box[4 * n + 3]) * k / this.ratio;
            if (style.mark && least >= MARK_LEAST) marked.push([style, n]);
            if (view.labels && least >= LABEL_LEAST && !Number.isNaN(cell.score[n])) labels.push(n);
          }
          ctx.setTransform(k, 0, 0, k, x, y);
          if (view.shape !== "outline" && !(layer.isLabel && view.hasModel)) {
            ctx.globalAlpha = 0.35;
            for (const [style, path] of styles) {
              ctx.fillStyle = style.color;
              ctx.fill(path, "evenodd");
            }
            ctx.globalAlpha = 1;
          }
          if (view.shape !== "mask" || (layer.isLabel && view.hasModel)) {
            for (const [style, path] of styles) strokeCasing(ctx, path, style, unit, line);
            for (const [style, path] of styles) strokeLine(ctx, path, style, unit, line);
          }
          ctx.setTransform(1, 0, 0, 1, 0, 0);
          for (const [style, n] of marked) drawMark(ctx, style, x + (cell.box[4 * n] + cell.box[4 * n + 2] / 2) * k, y + (cell.box[4 * n + 1] + cell.box[4 * n + 3] / 2) * k, this.ratio);
          if (labels.length) this.scoreLabels(ctx, cell, labels, x, y, k);
          job.hits.push({ i, cell, layer });
          yield;
        }
      }
    }
  }

  /** The outlines in a part of an image: where it is the only part, those of images nearby come with them. */
  cell(layer, i, level, column, row, only) {
    const { show } = this, name = layer.isLabel ? "labels" : layer.model, model = layer.isLabel ? layer.model : -1;
    if (!only) return show.cells.get(`${layer.key}/${i}/${level}/${column}/${row}`, [name, model, i, level, column, row]);
    const { group, n } = show.groups[i], got = show.bundles.get(`${layer.key}/${group.id}/${level}`, [name, model, group, level]);
    return got && got.list[n];
  }

  scoreLabels(ctx, cell, list, x, y, k) {
    ctx.font = `600 ${11 * this.ratio}px system-ui, sans-serif`;
    ctx.textBaseline = "bottom";
    ctx.setLineDash([]);
    ctx.lineWidth = 3 * this.ratio;
    for (const n of list) {
      const text = cell.score[n].toFixed(2), tx = x + cell.box[4 * n] * k, ty = y + cell.box[4 * n + 1] * k - 2 * this.ratio;
      ctx.strokeStyle = "rgb(0 0 0 / .75)";
      ctx.strokeText(text, tx, ty);
      ctx.fillStyle = "#ffffff";
      ctx.fillText(text, tx, ty);
    }
  }

  /** Draws how many instances there are where they are too small to be seen. */
  *density(job, layer) {
    const { show, view } = this, { ctx } = job;
    ctx.setTransform(1, 0, 0, 1, 0, 0);
    ctx.imageSmoothingEnabled = false;
    const find = show.density(layer);
    for (const i of job.images) {
      const r = show.world.rects[i], got = find(i, Math.max(4, 2 ** Math.ceil(Math.log2((4 * this.ratio) / (r.k * job.s)))));
      if (!got || !got.place.any) continue;
      const { place: p, pixels } = got, w = show.images.width[i] / pixels || p.columns, h = show.images.height[i] / pixels || p.rows; // the last squares may be larger than what is left
      ctx.drawImage(got.density.drawn(view), p.x, p.y, w, h, (r.x - job.x) * job.s, (r.y - job.y) * job.s, r.w * job.s, r.h * job.s);
      yield;
    }
  }

  /** Hatches where tiles of different folds touch or overlap. */
  *seams(job) {
    const { ctx } = job, { show } = this;
    ctx.setTransform(1, 0, 0, 1, 0, 0);
    ctx.setLineDash([]);
    for (const seam of show.seams) {
      const pad = Math.max(4 * this.ratio, 0.03 * Math.min(seam.size * job.s, 400));
      const x = (seam.x - job.x) * job.s - pad, y = (seam.y - job.y) * job.s - pad, w = seam.w * job.s + 2 * pad, h = seam.h * job.s + 2 * pad;
      if (x > job.canvas.width || y > job.canvas.height || x + w < 0 || y + h < 0) continue;
      ctx.save();
      ctx.beginPath();
      ctx.rect(x, y, w, h);
      ctx.clip();
      ctx.strokeStyle = show.colors.text;
      ctx.globalAlpha = 0.75;
      ctx.lineWidth = 1.2 * this.ratio;
      ctx.beginPath();
      const step = 5 * this.ratio;
      for (let d = -h; d < w; d += step) {
        ctx.moveTo(x + d, y + h);
        ctx.lineTo(x + d + h, y);
      }
      ctx.stroke();
      ctx.restore();
      yield;
    }
  }

  /** Draws the findings of check as pins: where tiles are small, one for all of a tile, with their number. */
  *pins(job) {
    const { ctx } = job, { show } = this;
    ctx.setTransform(1, 0, 0, 1, 0, 0);
    ctx.setLineDash([]);
    for (const i of job.images) {
      const list = show.pins.get(i);
      if (!list) continue;
      const r = show.world.rects[i], x = (r.x - job.x) * job.s, y = (r.y - job.y) * job.s, k = r.k * job.s;
      if (list.length > 1 && (r.w * job.s < 260 * this.ratio || show.side * k < 16 * this.ratio)) this.pin(ctx, x + (r.w * job.s) / 2, y + (r.h * job.s) / 2 + 10 * this.ratio, list[0].color, list.length);
      else for (const pin of list) this.pin(ctx, x + pin.x * k, y + pin.y * k, pin.color, 0);
      yield;
    }
  }

  pin(ctx, x, y, color, n) {
    const u = this.ratio * (n ? 1.25 : 1);
    ctx.beginPath();
    ctx.moveTo(x, y);
    ctx.bezierCurveTo(x - 3 * u, y - 7 * u, x - 7 * u, y - 9 * u, x - 7 * u, y - 14 * u);
    ctx.arc(x, y - 14 * u, 7 * u, Math.PI, 0);
    ctx.bezierCurveTo(x + 7 * u, y - 9 * u, x + 3 * u, y - 7 * u, x, y);
    ctx.fillStyle = color;
    ctx.strokeStyle = "#000000";
    ctx.lineWidth = 1.2 * this.ratio;
    ctx.fill();
    ctx.stroke();
    ctx.fillStyle = "#ffffff";
    if (n) {
      ctx.font = `700 ${(n > 99 ? 7 : 9) * this.ratio}px system-ui, sans-serif`;
      ctx.textAlign = "center";
      ctx.textBaseline = "middle";
      ctx.fillText(String(n), x, y - 13.7 * u);
      ctx.textAlign = "left";
      return;
    }
    ctx.beginPath();
    ctx.arc(x, y - 14 * u, 2.6 * u, 0, 2 * Math.PI);
    ctx.fill();
  }

  drawSelection(s) {
    const chosen = this.show.selected;
    if (!chosen || !chosen.cell) return;
    const { ctx } = this, r = this.show.world.rects[chosen.image];
    if (!r) return;
    const k = r.k * s, path = new Path2D();
    addShape(path, chosen.cell, chosen.n);
    ctx.setTransform(k, 0, 0, k, this.toX(r.x), this.toY(r.y));
    ctx.setLineDash([]);
    ctx.lineJoin = "round";
    for (const [color, width] of [["#000000", 6], ["#ffffff", 3.2]]) {
      ctx.strokeStyle = color;
      ctx.lineWidth = width * this.ratio / k;
      ctx.stroke(path);
    }
    ctx.setTransform(1, 0, 0, 1, 0, 0);
  }

  /** What is at a point of the world: the smallest instance, that of the upper layer first. */
  at(wx, wy) {
    let best = null, least = Infinity;
    for (const { i, cell, layer } of this.hits) {
      const r = this.show.world.rects[i];
      if (!r || wx < r.x || wy < r.y || wx > r.x + r.w || wy > r.y + r.h) continue;
      const x = (wx - r.x) / r.k, y = (wy - r.y) / r.k;
      for (let n = 0; n < cell.n; n++) {
        if (!contains(cell, n, x, y) || !styleOf(cell, n, layer, this.view)) continue;
        const size = cell.box[4 * n + 2] * cell.box[4 * n + 3] * (layer.isLabel ? 1.02 : 1);
        if (size < least) {
          least = size;
          best = { image: i, cell, n, layer, index: cell.index[n] };
        }
      }
    }
    return best;
  }
}

const [pixel, second] = [0, 1].map(() => new OffscreenCanvas(1, 1).getContext("2d"));

/** Makes the browser draw what it was told of a buffer: it does so once a pixel of it is needed. */
function settle(buffer) {
  pixel.drawImage(buffer, 0, 0, 1, 1, 0, 0, 1, 1);
  second.drawImage(pixel.canvas, 0, 0); // and pixel keeps no copy of the buffer
}

const hatches = new Map(); // by colour and ratio

/** A pattern of thin lines. */
function hatch(ctx, color, ratio) {
  const key = color + ratio;
  if (!hatches.has(key)) {
    const n = Math.round(7 * ratio), tile = new OffscreenCanvas(n, n), to = tile.getContext("2d");
    to.strokeStyle = color;
    to.globalAlpha = 0.6;
    to.lineWidth = ratio;
    for (const d of [-n, 0, n]) {
      to.moveTo(d - 1, n + 1);
      to.lineTo(d + n + 1, -1);
    }
    to.stroke();
    hatches.set(key, ctx.createPattern(tile, "repeat"));
  }
  return hatches.get(key);
}

/** Whether a buffer has all of a view, and a part of it more on each side. */
function has(buffer, view, more) {
  const w = view.canvas.width / view.s, h = view.canvas.height / view.s, x = view.x - more * w, y = view.y - more * h;
  return buffer.x <= x && buffer.y <= y && buffer.x + buffer.canvas.width / buffer.s >= x + (1 + 2 * more) * w && buffer.y + buffer.canvas.height / buffer.s >= y + (1 + 2 * more) * h;
}

export { outcome };
