// What the files on the page were made from: a list in a list, as "hubdata verify --graph" prints it.
import { el, plural, thousands } from "./dom.js";

const DEEPEST = 100; // lists in lists
const WORDS = { unchanged: "unchanged", renamed: "unchanged, renamed", changed: "changed since", gone: "gone", "not checked": "not checked" };
const SHOWN = { ...WORDS, unchanged: "as it was read", changed: "changed since it was read" };
const MARKS = { unchanged: "\u2713", renamed: "\u2713", changed: "\u2260", gone: "\u2205", "not checked": "?" };

/** How a file was made, in a few words. */
const made = (file) => (file.made ? `${file.made}: ${file.verdict}` : "not made by hubdata, or nothing says how");

function badge(state, words, loop) {
  return el("span", { className: `state ${loop ? "changed" : state.replace(" ", "-")}` }, el("span", { "aria-hidden": "true", textContent: MARKS[state] + " " }), loop ? `${words[state]}, made from itself` : words[state]);
}

/** The list of a chain. */
export function chainList(chain) {
  const drawn = new Set();
  const item = (name, at, state, what) => {
    const file = chain.files[at], again = file && file.inputs.length > 0 && drawn.has(at);
    const parts = [el("b", { textContent: file && file.made ? file.name : name }), " ", state, what ? el("small", { textContent: what }) : null];
    if (file) {
      parts.push(el("small", { textContent: made(file) + (again ? ", see above" : "") }));
      if (file.said) parts.push(el("small", { textContent: `as ${file.said} says` }));
      if (file.options && !again) parts.push(el("details", {}, el("summary", { textContent: "Options" }), el("code", { textContent: file.options })));
    }
    return { li: el("li", {}, parts), file, more: file && !again };
  };
  const below = (node, at, depth) => {
    if (!node.more || drawn.has(at)) return;
    drawn.add(at);
    if (!node.file.inputs.length || depth === DEEPEST) return;
    node.li.append(el("ul", { "aria-label": "made from" }, node.file.inputs.map((input) => {
      const next = item(input.name, input.file, badge(input.state, WORDS, input.loop), input.why);
      below(next, input.file, depth + 1);
      return next.li;
    })));
  };
  return el("ul", { className: "chain", id: "chain" }, chain.shown.map((s) => {
    const node = item(s.name, s.file, badge(s.state, SHOWN), [s.shows, s.why].filter(Boolean).join(": "));
    below(node, s.file, 0);
    return node.li;
  }));
}

/** What a chain comes to, in a sentence. */
export function chainSummary(chain) {
  const inputs = chain.files.flatMap((f) => f.inputs), states = [...chain.shown, ...inputs].map((x) => x.state);
  const parts = ["changed", "gone", "not checked"].map((s) => [states.filter((x) => x === s).length, s]).filter(([n]) => n).map(([n, s]) => `${thousands(n)} ${s}`);
  const of = inputs.length ? `, made from ${plural(inputs.length, "other", "others")} by their records` : ", of which none says what it was made from";
  return `${plural(chain.shown.length, "file", "files")} on the page${of}: ${parts.length ? parts.join(", ") : "all unchanged"}.`;
}
