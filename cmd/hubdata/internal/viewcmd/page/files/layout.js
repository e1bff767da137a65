// Where images are in the world: on their slides, or in a grid.
import { nearby } from "./groups.js";

const GAP = 0.06;

/** World of images: rects by image, titles, size. */
export function arrange(images, slides, layout, order, shown, aspect) {
  return layout === "grid" ? grid(images, order, aspect) : mosaic(images, slides, order, aspect);
}

function sizeOf(images, i) { return [images.width[i] || 512, images.height[i] || 512]; }

/** A grid of the images in an order. */
function grid(images, order, aspect) {
  let cell = 1;
  for (const i of order) cell = Math.max(cell, ...sizeOf(images, i));
  const small = median(order.map((i) => Math.max(...sizeOf(images, i))));
  if (cell > 4 * small) cell = 4 * small; // some images are much larger: they are scaled down
  const step = cell * (1 + GAP), columns = Math.max(1, Math.round(Math.sqrt(order.length * aspect)));
  const rects = new Array(images.name.length).fill(null);
  order.forEach((i, n) => {
    const [w, h] = sizeOf(images, i), k = Math.min(1, cell / Math.max(w, h));
    rects[i] = { x: (n % columns) * step + (cell - w * k) / 2, y: Math.floor(n / columns) * step + (cell - h * k) / 2, w: w * k, h: h * k, k };
  });
  const rows = Math.ceil(order.length / columns);
  return finish({ rects, titles: [], cuts: [], width: Math.min(columns, order.length) * step - cell * GAP, height: rows * step - cell * GAP });
}

/** The slides one after the other, and the images without a place in a grid below. */
function mosaic(images, slides, order, aspect) {
  const of = slides.map(() => []), rest = [];
  for (let i = 0; i < images.name.length; i++) (images.slide[i] >= 0 ? of[images.slide[i]] : rest).push(i);
  const blocks = [];
  of.forEach((list, k) => {
    if (!list.length) return;
    let left = Infinity, top = Infinity, right = -Infinity, bottom = -Infinity;
    const at = list.map((i) => {
      const [w, h] = sizeOf(images, i), k = images.scale[i];
      const r = { x: images.x[i], y: images.y[i], w: w * k, h: h * k, k };
      left = Math.min(left, r.x); top = Math.min(top, r.y); right = Math.max(right, r.x + r.w); bottom = Math.max(bottom, r.y + r.h);
      return r;
    });
    const cut = [shorten(at, "x", "w"), shorten(at, "y", "h")];
    [left, top, right, bottom] = [Infinity, Infinity, -Infinity, -Infinity];
    for (const r of at) {
      left = Math.min(left, r.x); top = Math.min(top, r.y); right = Math.max(right, r.x + r.w); bottom = Math.max(bottom, r.y + r.h);
    }
    blocks.push({ title: slides[k], list, at, left, top, w: right - left, h: bottom - top, cut });
  });
  if (rest.length) {
    const g = grid(images, rest, aspect);
    blocks.push({ title: blocks.length ? "without a place" : "", list: rest, at: rest.map((i) => g.rects[i]), left: 0, top: 0, w: g.width, h: g.height });
  }
  const area = blocks.reduce((sum, b) => sum + b.w * b.h, 0), widest = Math.max(...blocks.map((b) => b.w));
  const gap = GAP * Math.sqrt(area / blocks.length), most = Math.max(widest, Math.sqrt(area * aspect) * 1.1);
  const rects = new Array(images.name.length).fill(null), titles = [], cuts = [];
  let x = 0, y = 0, row = 0, width = 0;
  for (const b of blocks) {
    if (x > 0 && x + b.w > most) { x = 0; y += row + 3 * gap; row = 0; }
    b.list.forEach((i, n) => { rects[i] = { ...b.at[n], x: b.at[n].x - b.left + x, y: b.at[n].y - b.top + y }; });
    if (b.title) titles.push({ text: b.title, n: b.list.length, x, y, w: b.w, h: b.h });
    const [across, down] = b.cut || [[], []];
    for (const v of across) cuts.push({ x: v - b.left + x, y, w: 0, h: b.h });
    for (const v of down) cuts.push({ x, y: v - b.top + y, w: b.w, h: 0 });
    width = Math.max(width, x + b.w);
    row = Math.max(row, b.h);
    x += b.w + gap;
  }
  return finish({ rects, titles, cuts, width, height: y + row });
}

/**
 * Moves far parts of a slide together along an axis: where no tile is for more than two tiles, half a tile of that is left.
 * It returns where something was left out.
 */
function shorten(at, from, size) {
  const list = [...at].sort((a, b) => a[from] - b[from]), cuts = [];
  const tile = median(list.map((r) => r[size]));
  let end = -Infinity, less = 0;
  for (const r of list) {
    const start = r[from];
    if (end > -Infinity && start - end > 2 * tile) {
      const left = tile / 2;
      cuts.push(end - less + left / 2);
      less += start - end - left;
    }
    end = Math.max(end, start + r[size]);
    r[from] -= less;
  }
  return cuts;
}

function median(list) {
  if (!list.length) return 512;
  return [...list].sort((a, b) => a - b)[list.length >> 1];
}

/** Adds what finds images by place. */
function finish(world) {
  world.near = nearby(world.rects, median(world.rects.filter(Boolean).map((r) => Math.max(r.w, r.h))));
  const cells = new Map();
  let edge = 1;
  for (const r of world.rects) if (r) edge = Math.max(edge, r.w, r.h);
  world.rects.forEach((r, i) => {
    if (!r) return;
    for (let cy = Math.floor(r.y / edge); cy <= Math.floor((r.y + r.h) / edge); cy++) {
      for (let cx = Math.floor(r.x / edge); cx <= Math.floor((r.x + r.w) / edge); cx++) {
        const key = cx + "," + cy;
        if (!cells.has(key)) cells.set(key, []);
        cells.get(key).push(i);
      }
    }
  });
  /** The images that meet a rectangle, in order. */
  world.within = (x0, y0, x1, y1) => {
    const across = (Math.floor(x1 / edge) - Math.floor(x0 / edge) + 1) * (Math.floor(y1 / edge) - Math.floor(y0 / edge) + 1);
    const meets = (i) => { const r = world.rects[i]; return r.x < x1 && r.x + r.w > x0 && r.y < y1 && r.y + r.h > y0; };
    if (!(across < cells.size)) {
      const out = [];
      for (let i = 0; i < world.rects.length; i++) if (world.rects[i] && meets(i)) out.push(i);
      return out;
    }
    const seen = new Set();
    for (let cy = Math.floor(y0 / edge); cy <= Math.floor(y1 / edge); cy++) {
      for (let cx = Math.floor(x0 / edge); cx <= Math.floor(x1 / edge); cx++) for (const i of cells.get(cx + "," + cy) || []) if (meets(i)) seen.add(i);
    }
    return [...seen].sort((a, b) => a - b);
  };
  return world;
}
