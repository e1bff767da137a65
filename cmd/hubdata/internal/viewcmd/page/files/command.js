// The command lines that show and score the same.

/** Quotes a word for a POSIX shell. */
export function quoted(word) { return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${String(word).replaceAll("'", "'\\''")}'`; }

const number = (v) => String(Number(Number(v).toFixed(4)));

/** Pairs of what a command does and the command. */
export function commandLines(data, state) {
  const join = (words) => words.map(quoted).join(" ");
  const score = state.score === null ? [] : ["--min-score", number(state.score)];
  const inputs = [data.in, ...data.results];
  const out = [["Opens this page", join(["hubdata", "view", ...data.line.view, ...(data.models.length ? ["--iou", number(state.iou)] : []), ...score, ...inputs])]];
  const where = Object.entries(state.where).flatMap(([f, values]) => values.flatMap((v) => ["--where", `${f}=${v}`]));
  const classes = state.classes ? data.classes.filter((c) => state.classes.has(c.id)).flatMap((c) => ["--class", c.name]) : [];
  if (state.model >= 0) {
    const flags = [...data.line.eval];
    if (data.folder && !flags.includes("--dataset")) flags.push("--dataset", "1,2");
    const given = data.line.view.flatMap((w, i) => (w === "--class" ? ["--class", data.line.view[i + 1]] : []));
    if (classes.length) flags.push(...classes);
    else if (given.length) flags.push(...given);
    else if (data.folder) flags.push("--class", "all");
    if (data.models[state.model].boxes) flags.push("--type", "bbox");
    const models = [state.model, ...(state.compare !== "one" && state.second >= 0 ? [state.second] : [])];
    out.push(["Prints these scores", join(["hubdata", "eval", "--iou", number(state.iou), "--sweep", ...flags, ...where, data.in, ...models.map((m) => data.results[m])])]);
  }
  const draw = ["hubdata", "show", ...(state.model >= 0 ? ["--iou", number(state.iou)] : []), ...score, ...classes];
  if (state.image >= 0) draw.push("--image", data.images.name[state.image]);
  out.push(["Draws the tile", join([...draw, "-o", "tile.png", data.in, ...(state.model >= 0 ? [data.results[state.model]] : [])])]);
  if (data.review) out.push(["Writes what was accepted", join(["hubdata", "filter", "--decisions", data.review.log, "-o", "accepted.json", data.in])]);
  return out;
}
