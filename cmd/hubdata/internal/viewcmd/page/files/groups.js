// Images that are near each other, which are asked for together.

const ids = new Map(); // of groups, by what is in them: another arrangement may have the same

function idOf(text) {
  if (!ids.has(text)) ids.set(text, ids.size);
  return ids.get(text);
}

/** Ascending numbers as text, such as 0-3,7. */
function ranges(list) {
  const parts = [];
  for (let n = 0; n < list.length; ) {
    let end = n;
    while (end + 1 < list.length && list[end + 1] === list[end] + 1) end++;
    parts.push(end > n ? `${list[n]}-${list[end]}` : String(list[n]));
    n = end + 1;
  }
  return parts.join(",");
}

/** Images in an order in which those near each other follow each other (Morton, 1966). */
export function nearby(rects, edge) {
  const list = [];
  rects.forEach((r, i) => {
    if (!r) return;
    const x = Math.floor(r.x / edge), y = Math.floor(r.y / edge);
    let key = 0;
    for (let b = 0, bit = 1; b < 20; b++, bit *= 4) key += bit * (((x >> b) & 1) + 2 * ((y >> b) & 1));
    list.push([key, i]);
  });
  return list.sort((a, b) => a[0] - b[0] || a[1] - b[1]).map(([, i]) => i);
}

/**
 * Cuts images in an order into groups of at most so many, and of at most so much that weigh(i) comes to. The result has
 * for each image its group {id, images, text} and its number in it: {group, n}.
 */
export function groups(order, most, weigh = () => 0, heaviest = Infinity) {
  const of = [];
  let list = [], sum = 0;
  const end = () => {
    const images = list.sort((a, b) => a - b), text = ranges(images), group = { id: idOf(text), images, text };
    images.forEach((i, n) => { of[i] = { group, n }; });
    list = [];
    sum = 0;
  };
  for (const i of order) {
    const w = weigh(i);
    if (list.length && (list.length === most || sum + w > heaviest)) end();
    list.push(i);
    sum += w;
  }
  if (list.length) end();
  return of;
}
