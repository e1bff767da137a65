// The review of annotations: what is next, decisions, and how far it is.
import { json, post, query } from "./api.js";
import { el, fill, memory, thousands } from "./dom.js";

const ORDERS = [["image", "tile by tile"], ["near", "nearest to the score"], ["low", "lowest score first"], ["high", "highest score first"], ["agreement", "fewest models first"], ["split", "where reviewers differ"]];
const POLL = 3000; // milliseconds between questions for the decisions of others

export class Review {
  /** show has: info, body, goTo(item), changed(), selection() (a query of what counts), say(text) */
  constructor(show) {
    Object.assign(this, { show, verdicts: new Map(), choices: new Map(), n: 0, items: [], at: -1, past: [], left: 0, order: "image", news: null, busy: Promise.resolve() });
    this.by = memory.get("reviewer") || show.info.reviewer || "";
  }

  get current() { return this.items[this.at] || null; }

  async start() {
    await this.poll();
    setInterval(() => { if (!document.hidden) this.poll(); }, POLL);
  }

  /** Asks for decisions that are not known here. */
  async poll() {
    try {
      this.take(await json("review" + query({ after: this.n })));
    } catch { /* the page says that the program has ended */ }
  }

  take(news) {
    if (news.n === this.n && this.news) return;
    this.n = news.n;
    this.news = news;
    for (const d of news.new) {
      this.verdicts.set(d.index, d.verdict);
      this.choices.set(d.index, d.choices);
    }
    this.show.changed();
    this.draw();
  }

  /** Opens the panel at what is next. */
  async open() {
    this.build();
    if (!this.items.length) await this.load();
    else if (this.current) this.show.goTo(this.current);
    this.draw();
  }

  /** Loads what is to be reviewed. */
  async load() {
    const { score, ...selection } = this.show.selection();
    const got = await json("queue" + query({ ...selection, score, order: this.order, by: this.by, all: this.show.info.read_only ? "1" : null }));
    this.items = got.items;
    this.left = got.left;
    this.at = this.items.length ? 0 : -1;
    if (this.current) this.show.goTo(this.current);
    this.draw();
  }

  /** Goes on by so many; after the last of those that are loaded, more are. */
  async step(by) {
    if (by > 0 && this.at + by >= this.items.length) {
      await this.busy;
      return this.load();
    }
    this.at = Math.min(Math.max(this.at + by, 0), this.items.length - 1);
    if (this.current) this.show.goTo(this.current);
    this.draw();
  }

  /** Decides about what is shown, and goes on. */
  decide(choice) {
    const item = this.current;
    if (!item || this.show.info.read_only) return;
    this.past.push(item);
    const sent = this.send(item, choice, `${choice}ed`.replace("uncertained", "uncertain"));
    this.step(1);
    return sent;
  }

  /** Takes the last decision back, and shows what it was about. */
  undo() {
    const item = this.past.pop();
    if (!item || this.show.info.read_only) return;
    const sent = this.send(item, "undo", "decision taken back");
    const at = this.items.indexOf(item);
    if (at >= 0) this.at = at;
    else { this.items.unshift(item); this.at = 0; }
    this.show.goTo(item);
    this.draw();
    return sent;
  }

  /** Sends a decision; those before it are sent first. */
  send(item, choice, said) {
    const by = this.by;
    this.busy = this.busy.then(async () => {
      try {
        this.take(await post("review", { index: item.index, decision: choice, by, after: this.n }));
        this.show.say(said);
      } catch (e) {
        this.show.failed(`not written: ${e.message}`);
      }
    });
    return this.busy;
  }

  /** Makes the panel. */
  build() {
    const read = this.show.info.read_only;
    const select = el("select", { id: "review-order", onchange: (e) => { this.order = e.target.value; this.load(); } }, ORDERS.map(([v, t]) => el("option", { value: v, textContent: t })));
    select.value = this.order;
    const button = (cls, text, key, f) => el("button", { type: "button", className: cls, id: "review-" + cls, disabled: read && ["accept", "reject", "uncertain", "undo"].includes(cls), onclick: f }, text, el("kbd", { textContent: key, "aria-hidden": "true" }));
    this.facts = el("div");
    this.progress = el("div");
    this.people = el("div");
    fill(this.show.body,
      el("div", { className: "field" }, el("label", { htmlFor: "reviewer", textContent: "Your name, in the log" }),
        el("input", { id: "reviewer", type: "text", value: this.by, maxLength: 60, autocomplete: "off", disabled: read, onchange: (e) => { this.by = e.target.value.trim(); memory.set("reviewer", this.by); this.load(); } })),
      el("div", { className: "field" }, el("label", { htmlFor: "review-order", textContent: "Order" }), select),
      this.facts,
      el("div", { className: "choices", role: "group", "aria-label": "Decision" }, button("accept", "Accept", "A", () => this.decide("accept")), button("reject", "Reject", "R", () => this.decide("reject")), button("uncertain", "Uncertain", "U", () => this.decide("uncertain"))),
      el("div", { className: "steps" }, button("back", "Back", "B", () => this.step(-1)), button("undo", "Undo", "Z", () => this.undo()), button("next", "Next", "N", () => this.step(1))),
      this.progress, this.people,
      el("p", { className: "soft" }, read ? "Read-only: decisions are shown, but none are taken." : `Each decision is on the disk, in ${this.show.info.log}, before it counts here.`));
  }

  draw() {
    if (!this.facts) return;
    const item = this.current;
    if (!item) {
      fill(this.facts, el("p", { className: "soft", textContent: this.left ? "" : "Nothing is left to review in this selection." }));
    } else {
      const choices = Object.entries(this.choices.get(item.index) || {});
      fill(this.facts, el("dl", { className: "facts" },
        el("dt", { textContent: "Tile" }), el("dd", { textContent: this.show.nameOf(item.image) }),
        el("dt", { textContent: "Score" }), el("dd", { textContent: item.score === null ? "none" : item.score.toFixed(3) }),
        el("dt", { textContent: "Verdict" }), el("dd", { id: "review-verdict", textContent: this.verdicts.get(item.index) || "undecided" }),
        choices.length ? [el("dt", { textContent: "Decisions" }), el("dd", { textContent: choices.map(([by, c]) => `${by || "(no name)"}: ${c}`).join(", ") })] : []));
    }
    const { news } = this;
    if (!news) return;
    const n = (v) => news.verdicts[v] || 0, done = news.total - n("undecided"), part = (v) => `${(100 * n(v)) / Math.max(1, news.total)}%`;
    const bar = el("div", { className: "progress", role: "progressbar", "aria-label": "Reviewed", "aria-valuemin": "0", "aria-valuemax": String(news.total), "aria-valuenow": String(done) });
    for (const v of ["accepted", "rejected", "uncertain"]) {
      const i = el("i", { className: v });
      i.style.width = part(v);
      bar.append(i);
    }
    fill(this.progress, bar, el("p", { className: "soft", id: "review-progress", textContent: `${thousands(done)} of ${thousands(news.total)} reviewed: ${thousands(n("accepted"))} accepted, ${thousands(n("rejected"))} rejected, ${thousands(n("uncertain"))} uncertain` }));
    const people = news.reviewers || [], agreements = news.agreements || [];
    fill(this.people,
      people.length ? el("table", {}, el("caption", { className: "hidden", textContent: "Reviewers" }), el("thead", {}, el("tr", {}, el("th", { scope: "col", textContent: "Reviewer" }), el("th", { scope: "col", className: "n", textContent: "Decided" }))),
        el("tbody", {}, people.map((p) => el("tr", {}, el("td", { textContent: p.name || "(no name)" }), el("td", { className: "n", textContent: thousands(p.decided) }))))) : null,
      agreements.length ? el("table", {}, el("caption", { className: "hidden", textContent: "Agreement" }), el("thead", {}, el("tr", {}, el("th", { scope: "col", textContent: "Agreement" }), el("th", { scope: "col", className: "n", textContent: "Same" }), el("th", { scope: "col", className: "n", textContent: "Kappa" }))),
        el("tbody", {}, agreements.map((a) => el("tr", {}, el("td", { textContent: `${a.a || "(no name)"} and ${a.b || "(no name)"}` }), el("td", { className: "n", textContent: `${a.same} of ${a.both}` }), el("td", { className: "n", textContent: a.kappa.toFixed(2) }))))) : null);
  }
}
