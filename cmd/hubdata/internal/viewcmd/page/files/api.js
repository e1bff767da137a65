// What the page asks its server.

/** Text of a query: lists are repeated, null and undefined are left out. */
export function query(values) {
  const q = new URLSearchParams();
  for (const [key, value] of Object.entries(values)) {
    if (value === null || value === undefined) continue;
    for (const v of Array.isArray(value) ? value : [value]) q.append(key, v);
  }
  const text = q.toString();
  return text ? "?" + text : "";
}

let gone = () => {};

/** Calls f when the server does not answer, with true, and when it does again, with false. */
export function onGone(f) { gone = f; }

async function ask(path, options) {
  let answer;
  try {
    answer = await fetch("data/" + path, options);
  } catch (e) {
    if (e.name !== "AbortError") gone(true);
    throw e;
  }
  gone(false);
  if (!answer.ok) throw new Error((await answer.text()).trim() || answer.statusText);
  return answer;
}

export async function json(path, options) { return (await ask(path, options)).json(); }

/** Posts a value, and returns the answer. */
export function post(path, value) {
  return json(path, { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(value) });
}

/** A part of an image: {bitmap} or, if there is none, {reason}. */
export async function picture(image, level, x, y, signal) {
  const answer = await ask(`picture/${image}/${level}/${x}/${y}`, { signal });
  if (answer.headers.get("Content-Type") !== "image/jpeg") return answer.json();
  return { bitmap: await createImageBitmap(await answer.blob()) };
}

/** Small pictures of a group of images: {has, bitmap}; has[n] is 1 if the n-th has a picture. */
export async function sheet(group, side, signal) {
  const buffer = await (await ask(`sheet${query({ images: group.text, side })}`, { signal })).arrayBuffer(), n = group.images.length;
  return { has: new Uint8Array(buffer, 0, n), bitmap: await createImageBitmap(new Blob([new Uint8Array(buffer, n)], { type: "image/jpeg" })) };
}

const ofModel = (layer, model) => (layer === "labels" && model >= 0 ? { model } : {});

/** The outlines in a part of an image. */
export async function outlines(layer, model, image, level, x, y, signal) {
  return shapes(await (await ask(`outlines/${layer}/${image}/${level}/${x}/${y}${query(ofModel(layer, model))}`, { signal })).arrayBuffer(), 0);
}

/** The outlines on each image of a group, all of which are in their first part. */
export async function bundle(layer, model, group, level, signal) {
  const buffer = await (await ask(`outlines/${layer}${query({ images: group.text, level, ...ofModel(layer, model) })}`, { signal })).arrayBuffer(), list = [];
  for (let at = 0; at < buffer.byteLength; ) {
    const [bytes] = new Uint32Array(buffer, at, 1);
    list.push(shapes(buffer, at + 8));
    at += 8 + 8 * Math.ceil(bytes / 8);
  }
  return { list, bytes: buffer.byteLength };
}

/** Reads outlines from a place on, as shapes.Encode writes them. */
function shapes(buffer, start) {
  const [n, rings, vertices, spans, faults] = new Uint32Array(buffer, start, 6);
  let at = start + 24;
  const take = (Type, count) => {
    const list = new Type(buffer, at, count);
    at += list.byteLength;
    return list;
  };
  return {
    n, faults,
    score: take(Float64Array, n), value: take(Float64Array, n), partnerScore: take(Float64Array, spans),
    index: take(Uint32Array, n), ringAt: take(Uint32Array, n + 1), vertexAt: take(Uint32Array, rings + 1), spanAt: take(Uint32Array, n + 1),
    category: take(Int32Array, n), partner: take(Int32Array, spans), last: take(Uint32Array, spans),
    box: take(Float32Array, 4 * n), xy: take(Float32Array, 2 * vertices),
  };
}

/** How many instances are in squares of images, as shapes.Density writes them: 4 numbers each. */
export async function density(layer, values, signal) {
  return new Uint16Array(await (await ask(`density/${layer}${query(values)}`, { signal })).arrayBuffer());
}
