// Small pictures of many images at a time: what a mosaic of thousands shows.
import * as api from "./api.js";
import { Cache } from "./cache.js";
import { groups } from "./groups.js";

const PER_SHEET = 64; // as pictures.mostOnSheet
const COLUMNS = 8;    // as pictures.columns
const SIDES = [16, 32, 64];

/** Up to how many pixels of the screen a picture of a sheet is shown; larger ones come one by one. */
export const LARGEST = SIDES[SIDES.length - 1];

export class Sheets {
  constructor(rank, bytes, arrived) {
    this.cache = new Cache(rank, bytes, (v) => 4 * v.bitmap.width * v.bitmap.height, (group, side, signal) => api.sheet(group, side, signal), arrived, (v) => v.bitmap.close());
    this.of = [];
  }

  /** Sets an order of the images, in which those near each other follow each other. */
  arrange(order) { this.of = groups(order, PER_SHEET); }

  /**
   * The picture of an image: {bitmap, x, y, side}, or {reason} if there is none. undefined: it is not there yet, and is
   * asked for if pixels says how large it is on the screen.
   */
  get(i, pixels) {
    const of = this.of[i];
    if (!of) return undefined;
    const side = SIDES.find((s) => s * 1.2 >= pixels) || LARGEST;
    let sheet = pixels && this.cache.get(`${of.group.id}/${side}`, [of.group, side]);
    for (let n = SIDES.length - 1; n >= 0 && !sheet; n--) sheet = this.cache.get(`${of.group.id}/${SIDES[n]}`);
    if (!sheet) return undefined;
    if (!sheet.has[of.n]) return { reason: "" };
    const s = sheet.bitmap.width / Math.min(COLUMNS, of.group.images.length);
    return { bitmap: sheet.bitmap, x: (of.n % COLUMNS) * s, y: Math.floor(of.n / COLUMNS) * s, side: s };
  }

  get open() { return this.cache.open; }
}
