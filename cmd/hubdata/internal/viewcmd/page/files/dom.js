// Elements, without text that is read as HTML.

export const $ = (id) => document.getElementById(id);

/** Makes an element: properties are set, children are elements or texts. */
export function el(tag, props = {}, ...children) {
  const e = document.createElement(tag);
  for (const [key, value] of Object.entries(props)) {
    if (value === null || value === undefined || value === false) continue;
    if (key.startsWith("on")) e.addEventListener(key.slice(2), value);
    else if (key in e && key !== "list") e[key] = value;
    else e.setAttribute(key, value === true ? "" : value);
  }
  e.append(...children.flat(Infinity).filter((c) => c !== null && c !== undefined && c !== false));
  return e;
}

/** Replaces what is in an element. */
export function fill(e, ...children) { e.replaceChildren(...children.flat(Infinity).filter((c) => c !== null && c !== undefined && c !== false)); }

/** Options of a select: pairs of value and text. */
export function options(select, list, value) {
  fill(select, list.map(([v, text]) => el("option", { value: v, textContent: text })));
  select.value = value;
}

export const thousands = (n) => String(n).replace(/\B(?=(\d{3})+$)/g, ","); // of a count
export const plural = (n, one, many) => `${thousands(n)} ${n === 1 ? one : many}`;

/** Calls f once, some time after the last call. */
export function later(ms, f) {
  let timer = 0;
  return (...args) => {
    clearTimeout(timer);
    timer = setTimeout(() => f(...args), ms);
  };
}

/** Calls f once for all calls of some time, at its end. */
export function together(ms, f) {
  let waits = false;
  return () => {
    if (waits) return;
    waits = true;
    setTimeout(() => {
      waits = false;
      f();
    }, ms);
  };
}

/** Runs f, and again once if it was called while it ran: the last call counts. */
export function latest(f) {
  let running = false, again = false;
  return async function call() {
    if (running) {
      again = true;
      return;
    }
    running = true;
    do {
      again = false;
      try {
        await f();
      } catch (e) {
        if (e.name !== "AbortError") break;
      }
    } while (again);
    running = false;
  };
}

/** What is remembered in this browser; a frame may not be allowed to. */
export const memory = {
  get(key) {
    try { return localStorage.getItem("hubdata." + key); } catch { return null; }
  },
  set(key, value) {
    try { localStorage.setItem("hubdata." + key, value); } catch { /* not allowed */ }
  },
};
