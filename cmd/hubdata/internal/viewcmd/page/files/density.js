// How many instances there are where they are too small to be seen.
import * as api from "./api.js";
import { Cache } from "./cache.js";
import { groups } from "./groups.js";
import { grey, matchStyle, ramp } from "./marks.js";

const PER_GROUP = 512;      // images that are asked for together
const SQUARES = 1 << 17;    // of a group
const MOST = 1 << 20;       // squares of an image
const LONGEST = 8192;       // squares of a side
const KINDS = 4;            // as shapes.Kinds

/** Densities of a group of images. */
class Density {
  /** counts are those of the squares of all images, image by image, of so many pixels; sizes are [columns, rows]. */
  constructor(counts, sizes, full) {
    Object.assign(this, { counts, full, places: [], canvas: null, key: "" });
    const width = Math.max(512, ...sizes.map(([c]) => c));
    let x = 0, y = 0, row = 0, at = 0;
    for (const [columns, rows] of sizes) {
      if (x + columns > width) { x = 0; y += row; row = 0; }
      const end = at + KINDS * columns * rows;
      this.places.push({ x, y, columns, rows, at, any: counts.subarray(at, end).some((v) => v > 0) });
      at = end;
      x += columns;
      row = Math.max(row, rows);
    }
    Object.assign(this, { width, height: y + row });
  }

  /** A canvas with all of them, each image at its place. */
  drawn(view) {
    const key = view.color === "match" && view.hasModel ? "match" : "count";
    if (this.key === key) return this.canvas;
    this.key = key;
    const canvas = new OffscreenCanvas(this.width, this.height), ctx = canvas.getContext("2d");
    const colors = [matchStyle("found"), matchStyle("missed"), matchStyle("false")].map((s) => rgb(s.color)).concat([rgb(key === "match" ? grey() : "#56b4e9")]);
    for (const p of this.places) {
      if (!p.any) continue;
      const image = ctx.createImageData(p.columns, p.rows);
      for (let i = 0; i < p.columns * p.rows; i++) {
        const c = this.counts.subarray(p.at + KINDS * i, p.at + KINDS * (i + 1)), sum = c[0] + c[1] + c[2] + c[3];
        if (!sum) continue;
        const color = key === "match" ? [0, 1, 2].map((n) => colors.reduce((v, k, j) => v + k[n] * c[j], 0) / sum) : rgb(ramp(0.25 + 0.75 * Math.min(1, sum / this.full)));
        image.data.set([...color, 90 + 90 * Math.min(1, sum / 4)], 4 * i); // the tissue is seen through it
      }
      ctx.putImageData(image, p.x, p.y);
    }
    this.canvas = canvas;
    return canvas;
  }
}

function rgb(color) { return [1, 3, 5].map((i) => parseInt(color.slice(i, i + 2), 16)); }

export class Densities {
  /** images is the table of all, side the median side of an instance. */
  constructor(rank, bytes, images, side, arrived) {
    Object.assign(this, { images, side, order: [], of: new Map() });
    this.cache = new Cache(rank, bytes, (v) => 3 * v.counts.byteLength, (...args) => this.load(...args), arrived);
  }

  /** Sets an order of the images, in which those near each other follow each other. */
  arrange(order) {
    this.order = order;
    this.of.clear();
  }

  /** Squares of an image: [columns, rows]. */
  squares(i, pixels) { return [this.images.width[i], this.images.height[i]].map((v) => Math.ceil(Math.max(v, 1) / pixels)); }

  /** The pixels of a square of an image: as many as were asked for, or more if it is very large. */
  pixelsOf(i, pixels) {
    for (; ; pixels *= 2) {
      const [columns, rows] = this.squares(i, pixels);
      if (columns * rows <= MOST && Math.max(columns, rows) <= LONGEST) return pixels;
    }
  }

  async load(layer, group, pixels, values, signal) {
    const counts = await api.density(layer, { ...values, images: group.text, pixels }, signal);
    return new Density(counts, group.images.map((i) => this.squares(i, pixels)), Math.max(4, (pixels / Math.max(this.side, 1)) ** 2 / 2));
  }

  /**
   * Returns what finds the density of a layer on an image, in squares of so many pixels: {density, place, pixels}, or
   * undefined if it is not there yet: it is then asked for.
   */
  finder(layer, values) {
    const text = api.query(values);
    return (i, wanted) => {
      const pixels = this.pixelsOf(i, wanted);
      if (!this.of.has(pixels)) {
        this.of.set(pixels, groups(this.order.filter((j) => this.pixelsOf(j, pixels) === pixels), PER_GROUP, (j) => this.squares(j, pixels).reduce((a, b) => a * b), SQUARES));
      }
      const of = this.of.get(pixels)[i];
      if (!of) return undefined;
      const density = this.cache.get(`${layer}/${of.group.id}/${pixels}/${text}`, [layer, of.group, pixels, values]);
      return density && { density, place: density.places[of.n], pixels };
    };
  }

  get open() { return this.cache.open; }
}
