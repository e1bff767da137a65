// What is known of an instance, a tile or a finding.
import { json, query } from "./api.js";
import { el, fill, plural, thousands } from "./dom.js";
import { chainList, chainSummary } from "./lineage.js";
import { drawKey, outcome, styleOf } from "./marks.js";

const STATES = { found: "found", missed: "missed", false: "false detection", ignored: "ignored: neither correct nor false", "not counted": "not counted" };
const MOST = 300; // instances of a tile that are listed

export class Details {
  constructor(of) {
    this.of = of;
    this.turn = 0;
  }

  /** Describes an instance. */
  async instance(hit) {
    const turn = ++this.turn, { of } = this, name = hit.layer.isLabel ? "labels" : hit.layer.model, body = of.openSide(hit.layer.isLabel ? "Label" : "Prediction");
    const unscored = !hit.layer.isLabel && of.unlabelled.has(hit.image) ? "1" : null;
    let d;
    try {
      d = await json("instance" + query({ ...of.slidersQuery(hit.layer.model), layer: name, index: hit.index, unscored }));
    } catch (e) {
      if (turn === this.turn) fill(body, el("p", { className: "bad", textContent: e.message }));
      return;
    }
    if (turn !== this.turn) return;
    const facts = [], add = (k, v) => { if (v !== null && v !== undefined && v !== "") facts.push(el("dt", { textContent: k, title: k }), el("dd", {}, v)); };
    add("Outcome", STATES[d.state] || d.state);
    add("Class", d.class);
    if (d.score !== null) add("Score", String(Number(d.score.toFixed(6))));
    if (d.partner) {
      add("IoU", String(Number(d.partner.iou.toFixed(6))));
      if (d.partner.score !== null) add("Its score", String(Number(d.partner.score.toFixed(6))));
    }
    add("Area", d.area >= 0 ? plural(d.area, "pixel", "pixels") : "no mask");
    if (d.box) add("Box", d.box.map((v) => Number(v.toFixed(2))).join(", "));
    add("Crowd", d.crowd ? "yes" : "");
    add("Id", d.id);
    add("Tile", d.image);
    add("From", `${d.file}: ${d.place}`);
    add("Made by", d.made || "its file does not say");
    add("Options", d.options);
    add("Continues in", this.continues(hit));
    add("Mask", d.fault);
    fill(body, el("dl", { className: "facts", id: "facts" }, facts),
      this.near(hit, d.near),
      d.members.length ? el("section", {}, el("h3", { textContent: "Members" }), el("dl", { className: "facts" }, d.members.map(([k, v]) => [el("dt", { textContent: k, title: k }), el("dd", {}, el("pre", { textContent: v }))]))) : null,
      el("div", { className: "row" }, el("button", { type: "button", textContent: "Zoom to it", onclick: () => of.goToBox(hit.image, [...hit.cell.box.subarray(4 * hit.n, 4 * hit.n + 4)]) }),
        el("button", { type: "button", textContent: "Instances of the tile", onclick: () => this.tile(hit.image) }),
        el("button", { type: "button", textContent: "Lineage of the files", onclick: () => this.lineage() })));
  }

  /** Says what the files on the page were made from; again: the files are looked at anew. */
  async lineage(again = false) {
    const turn = ++this.turn, { of } = this, body = of.openSide("Lineage");
    fill(body, el("p", { className: "soft", textContent: "Comparing the files with their records" }));
    let chain;
    try {
      chain = await json("lineage" + query({ again: again ? "1" : null }));
    } catch (e) {
      if (turn === this.turn) fill(body, el("p", { className: "bad", textContent: `not checked: ${e.message}` }));
      return;
    }
    if (turn !== this.turn) return;
    const text = chainSummary(chain);
    fill(body, el("p", { className: "soft", id: "chain-summary", textContent: text }), chainList(chain),
      el("div", { className: "row" }, el("button", { type: "button", id: "chain-again", textContent: "Check again", onclick: () => this.lineage(true) }),
        chain.picture ? el("button", { type: "button", id: "chain-picture", textContent: "Picture", onclick: () => of.dialog("Lineage", el("img", { className: "chain", src: `data/lineage.svg?${turn}`, alt: text })) }) : null),
      el("p", { className: "soft", textContent: `Inputs are found by their checksums${chain.below.length ? ` below ${chain.below.map((dir) => (dir === "." ? "the working folder" : dir)).join(" and ")}` : ""}, as hubdata verify finds them. Whether the bytes of a file are those that its command wrote is not checked.` }));
    of.say(text);
  }

  /** The tiles that an instance at a border continues into. */
  continues(hit) {
    const { images } = this.of.data(), i = hit.image;
    if (images.slide[i] < 0) return "";
    const [x, y, w, h] = hit.cell.box.subarray(4 * hit.n, 4 * hit.n + 4), k = images.scale[i];
    const at = [images.x[i] + x * k - 2, images.y[i] + y * k - 2, images.x[i] + (x + w) * k + 2, images.y[i] + (y + h) * k + 2];
    const found = [];
    for (let j = 0; j < images.name.length && found.length < 4; j++) {
      if (j === i || images.slide[j] !== images.slide[i]) continue;
      const kj = images.scale[j];
      if (images.x[j] < at[2] && images.x[j] + images.width[j] * kj > at[0] && images.y[j] < at[3] && images.y[j] + images.height[j] * kj > at[1]) found.push(j);
    }
    return found.length ? el("span", {}, found.map((j) => el("button", { type: "button", textContent: images.name[j], onclick: () => this.of.goToImage(j) }))) : "";
  }

  /** Lists the instances near one, the nearest first. */
  near(hit, list) {
    if (!list.length) return null;
    const { images } = this.of.data(), far = (gap) => (gap === 0 ? "touching" : `${gap < 10 ? gap.toFixed(1) : Math.round(gap)} px`);
    return el("section", {}, el("h3", { textContent: "Neighbours" }), el("ul", { className: "instances", id: "near" }, list.map((n) => el("li", {}, el("button", { type: "button", onclick: () => this.of.goToInstance(n, hit.layer) },
      el("span", { textContent: [far(n.gap), n.class, n.image === hit.image ? "" : images.name[n.image]].filter(Boolean).join(" · ") }))))));
  }

  /** Lists the instances of a tile. */
  tile(i) {
    this.turn++;
    const data = this.of.data(), body = this.of.openSide(data.images.name[i]), list = [];
    const pane = this.of.panes()[0];
    for (const { i: image, cell, layer } of pane.hits) {
      if (image !== i) continue;
      for (let n = 0; n < cell.n; n++) {
        const style = styleOf(cell, n, layer, pane.view);
        if (style) list.push({ image, cell, n, layer, index: cell.index[n], style });
      }
    }
    list.sort((a, b) => a.layer.isLabel - b.layer.isLabel || (b.cell.score[b.n] || 0) - (a.cell.score[a.n] || 0));
    const text = (h) => {
      const what = pane.view.hasModel ? outcome(h.cell, h.n, h.layer.isLabel, pane.view) : "", c = h.cell.category[h.n];
      return [h.layer.isLabel ? (pane.view.hasModel ? "outline" : "") : "prediction", what === "uncounted" ? "not counted" : what, c >= 0 ? data.classes[c].name : "", Number.isNaN(h.cell.score[h.n]) ? "" : h.cell.score[h.n].toFixed(2)].filter(Boolean).join(" · ");
    };
    const place = data.images.slide[i] >= 0 ? `slide ${data.slides[data.images.slide[i]]}, at ${data.images.x[i]}, ${data.images.y[i]}` : "";
    const members = data.fields.map((f) => [f.name, f.values[f.of[i]]]).filter(([, v]) => v !== "none");
    fill(body, el("dl", { className: "facts" }, [["Size", `${data.images.width[i]} × ${data.images.height[i]}`], ["Place", place], ...members].filter(([, v]) => v).map(([k, v]) => [el("dt", { textContent: k, title: k }), el("dd", { textContent: v })])),
      el("p", { className: "soft", textContent: list.length ? `${thousands(list.length)} shown here${list.length > MOST ? `, the first ${MOST} listed` : ""}` : "No instance is shown on this tile: zoom in, or lower the score." }),
      el("ul", { className: "instances" }, list.slice(0, MOST).map((h) => {
        const canvas = el("canvas", { "aria-hidden": "true" });
        drawKey(canvas, h.style, "outline");
        return el("li", {}, el("button", { type: "button", onclick: () => this.of.choose(h) }, canvas, el("span", { textContent: text(h) })));
      })));
  }

  /** Describes a finding of check. */
  finding(findings, n) {
    this.turn++;
    const code = findings.codes[findings.code[n]], body = this.of.openSide("Finding");
    fill(body, el("dl", { className: "facts" }, [["Code", code.code], ["Severity", code.severity], ["Rule", code.title], ["Tile", this.of.data().images.name[findings.image[n]]], ["Found", findings.text[n]]].map(([k, v]) => [el("dt", { textContent: k }), el("dd", { textContent: v })])));
  }
}
