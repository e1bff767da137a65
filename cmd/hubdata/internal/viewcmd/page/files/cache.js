// Parts that are fetched when they are needed, those asked for last first, and kept within a limit.

const PARALLEL = 6;   // requests at a time: more wait in the browser
const SHARE = 4;      // of these for one cache while others wait: pictures come while outlines do
const PATIENCE = 1500; // milliseconds after which what nobody asks for again is not needed

const caches = new Set(); // with something to fetch
let running = 0;

/**
 * A cache of what load(...args, signal) gives; size says how much of most a value takes. arrived is called for each one
 * that is there, drop for each that is dropped.
 */
export class Cache {
  constructor(rank, most, size, load, arrived, drop = () => {}) {
    Object.assign(this, { rank, most, size, load, arrived, drop, held: 0, running: 0, at: new Map(), asked: new Map() });
  }

  /** The value of a key; undefined: it is not there yet, and asked for if args are given. */
  get(key, args) {
    const e = this.at.get(key), now = performance.now();
    if (e) {
      e.used = now;
      return e.value;
    }
    if (args) {
      const a = this.asked.get(key);
      if (a) {
        a.used = now;
      } else {
        this.asked.set(key, { args, used: now, abort: null });
        caches.add(this);
        queueMicrotask(start);
      }
    }
    return undefined;
  }

  /** Forgets everything. */
  clear() {
    for (const a of this.asked.values()) if (a.abort) a.abort.abort();
    for (const e of this.at.values()) this.drop(e.value);
    this.asked.clear();
    this.at.clear();
    this.held = 0;
  }

  /** How many parts are on their way. */
  get open() { return this.asked.size; }

  /** What was asked for last and is not on its way. */
  next() {
    const now = performance.now();
    let found = null;
    for (const [key, a] of this.asked) {
      if (a.abort) continue;
      if (now - a.used > PATIENCE) {
        this.asked.delete(key);
        this.arrived(); // what is still needed is asked for again
      } else if (!found || a.used > found[1].used) {
        found = [key, a];
      }
    }
    return found;
  }

  async fetch(key, a) {
    a.abort = new AbortController();
    let value;
    try {
      value = await this.load(...a.args, a.abort.signal);
    } catch (e) {
      if (this.asked.get(key) === a) this.asked.delete(key);
      if (e.name !== "AbortError") setTimeout(() => this.arrived(), 3000); // it is asked for again
      return;
    }
    if (this.asked.get(key) !== a) {
      this.drop(value);
      return;
    }
    this.asked.delete(key);
    this.put(key, value);
    this.arrived();
  }

  put(key, value) {
    const n = this.size(value), now = performance.now();
    this.at.set(key, { value, n, used: now });
    this.held += n;
    if (this.held <= this.most) return;
    for (const [k, e] of [...this.at].sort((a, b) => a[1].used - b[1].used)) {
      if (this.held <= 0.8 * this.most || now - e.used < PATIENCE) break;
      this.at.delete(k);
      this.held -= e.n;
      this.drop(e.value);
    }
  }
}

function start() {
  while (running < PARALLEL) {
    const next = [...caches].sort((a, b) => a.rank - b.rank).find((c) => caches.size === 1 || c.running < SHARE);
    if (!next) return;
    const found = next.next();
    if (!found) {
      caches.delete(next);
      continue;
    }
    running++;
    next.running++;
    next.fetch(...found).finally(() => {
      running--;
      next.running--;
      start();
    });
  }
}
