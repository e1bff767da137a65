// The rail of tiles: a list of which only what is seen is in the page.
import { $, el, fill } from "./dom.js";

const HEIGHT = 68;

export class Rail {
  /** of: {name(i), text(i), thumbnail(i, canvas), chosen(), choose(i)} */
  constructor(of) {
    Object.assign(this, { of, order: [], rows: new Map() });
    this.list = $("list");
    this.body = $("list-body");
    this.list.addEventListener("scroll", () => this.draw());
    new ResizeObserver(() => this.draw()).observe(this.list);
    this.list.addEventListener("keydown", (e) => this.key(e));
  }

  /** Lists images in an order. */
  show(order) {
    this.order = order;
    this.body.style.height = order.length * HEIGHT + "px";
    this.refresh();
  }

  /** Writes all rows again. */
  refresh() {
    for (const row of this.rows.values()) row.remove();
    this.rows.clear();
    this.draw();
  }

  draw() {
    const first = Math.max(0, Math.floor(this.list.scrollTop / HEIGHT) - 2);
    const last = Math.min(this.order.length, Math.ceil((this.list.scrollTop + this.list.clientHeight) / HEIGHT) + 2);
    for (const [n, row] of this.rows) {
      if (n < first || n >= last) {
        row.remove();
        this.rows.delete(n);
      }
    }
    for (let n = first; n < last; n++) {
      if (!this.rows.has(n)) this.add(n);
      this.of.thumbnail(this.order[n], this.rows.get(n).firstChild);
    }
    this.mark();
  }

  add(n) {
    const i = this.order[n];
    const row = el("div", { className: "item", role: "option", id: "tile-" + i, "aria-setsize": this.order.length, "aria-posinset": n + 1, onclick: () => this.of.choose(i) },
      el("canvas", { width: 112, height: 112, "aria-hidden": "true" }),
      el("div", {}, el("b", { textContent: this.of.name(i), title: this.of.name(i) }), this.of.text(i).map((t) => el("small", { textContent: t }))));
    row.style.top = n * HEIGHT + "px";
    this.rows.set(n, row);
    let after = null; // rows are in their order, as screen readers read them
    for (const [m, other] of this.rows) if (m > n && (after === null || m < after[0])) after = [m, other];
    this.body.insertBefore(row, after ? after[1] : null);
  }

  mark() {
    const chosen = this.of.chosen();
    for (const [n, row] of this.rows) row.setAttribute("aria-selected", String(this.order[n] === chosen));
    const at = this.order.indexOf(chosen);
    if (at >= 0 && this.rows.has(at)) this.list.setAttribute("aria-activedescendant", "tile-" + chosen);
    else this.list.removeAttribute("aria-activedescendant");
  }

  /** Brings an image into view. */
  reveal(i) {
    const n = this.order.indexOf(i);
    if (n < 0) return;
    const top = n * HEIGHT, { list } = this;
    if (top < list.scrollTop) list.scrollTop = top - HEIGHT;
    else if (top + HEIGHT > list.scrollTop + list.clientHeight) list.scrollTop = top + 2 * HEIGHT - list.clientHeight;
    this.draw();
  }

  /** The image so many after the one that is chosen. */
  step(by) {
    const at = this.order.indexOf(this.of.chosen());
    if (!this.order.length) return -1;
    return this.order[Math.min(Math.max(at < 0 ? 0 : at + by, 0), this.order.length - 1)];
  }

  key(e) {
    const page = Math.max(1, Math.floor(this.list.clientHeight / HEIGHT) - 1);
    const by = { ArrowDown: 1, ArrowUp: -1, PageDown: page, PageUp: -page, Home: -Infinity, End: Infinity }[e.key];
    if (by === undefined || e.ctrlKey || e.altKey || e.metaKey) return;
    e.preventDefault();
    e.stopPropagation();
    const to = Number.isFinite(by) ? this.step(by) : this.order[by < 0 ? 0 : this.order.length - 1];
    if (to !== undefined && to >= 0) this.of.choose(to);
  }
}

/** Draws a picture of any shape into a square canvas. */
export function drawThumbnail(canvas, bitmap) {
  const ctx = canvas.getContext("2d"), k = Math.min(canvas.width / bitmap.width, canvas.height / bitmap.height);
  ctx.clearRect(0, 0, canvas.width, canvas.height);
  ctx.imageSmoothingQuality = "high";
  ctx.drawImage(bitmap, (canvas.width - bitmap.width * k) / 2, (canvas.height - bitmap.height * k) / 2, bitmap.width * k, bitmap.height * k);
}

/** Fills the fields of the filter: changed is called with where. */
export function fillFields(fields, where, changed) {
  fill($("fields"), fields.map((f) => el("fieldset", {},
    el("legend", { textContent: f.name, title: f.name }),
    el("div", { className: "values" }, f.values.map((v) => el("label", { className: "chip" },
      el("input", { type: "checkbox", checked: (where[f.name] || []).includes(v), onchange: (e) => {
        const next = { ...where }, list = new Set(next[f.name] || []);
        if (e.target.checked) list.add(v); else list.delete(v);
        if (list.size) next[f.name] = [...list]; else delete next[f.name];
        where = next;
        changed(next);
      } }), el("span", { textContent: v, title: v })))))));
}
