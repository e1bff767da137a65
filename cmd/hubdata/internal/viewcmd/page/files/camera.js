// The camera: which part of the world is seen, and how pointers, wheel and keys move it.

export class Camera {
  constructor(changed) { Object.assign(this, { x: 0, y: 0, scale: 1, changed, least: 1e-4, most: 40, moving: 0 }); }

  get() { return { x: this.x, y: this.y, scale: this.scale }; }

  set(x, y, scale) {
    this.scale = Math.min(Math.max(scale, this.least), this.most);
    this.x = x;
    this.y = y;
    this.changed();
  }

  pan(dx, dy) { this.set(this.x - dx / this.scale, this.y - dy / this.scale, this.scale); }

  /** Zooms about a point, given in pixels from the middle. */
  zoom(factor, px = 0, py = 0) {
    const scale = Math.min(Math.max(this.scale * factor, this.least), this.most);
    this.set(this.x + px / this.scale - px / scale, this.y + py / this.scale - py / scale, scale);
  }

  /** Shows a rectangle of the world on a canvas of a size. */
  show(x, y, w, h, width, height, margin = 0.06) {
    this.set(x + w / 2, y + h / 2, Math.min(width / (w * (1 + 2 * margin)), height / (h * (1 + 2 * margin))));
  }

  /** Lets a canvas move the camera. click is called with a point of the world. */
  attach(canvas, click) {
    const pointers = new Map();
    let from = null, far = false;
    const middle = () => { const b = canvas.getBoundingClientRect(); return [b.left + b.width / 2, b.top + b.height / 2]; };
    canvas.addEventListener("pointerdown", (e) => {
      if (e.button > 1) return;
      canvas.setPointerCapture(e.pointerId);
      pointers.set(e.pointerId, [e.clientX, e.clientY]);
      if (pointers.size === 1) {
        from = [e.clientX, e.clientY];
        far = false;
      } else {
        far = true;
      }
    });
    canvas.addEventListener("pointermove", (e) => {
      const last = pointers.get(e.pointerId);
      if (!last) return;
      const now = [e.clientX, e.clientY];
      if (pointers.size === 1) {
        if (Math.hypot(now[0] - from[0], now[1] - from[1]) > 4) far = true;
        if (far) this.pan(now[0] - last[0], now[1] - last[1]);
      } else if (pointers.size === 2) {
        const other = [...pointers].find(([id]) => id !== e.pointerId)[1], [mx, my] = middle();
        const before = Math.hypot(last[0] - other[0], last[1] - other[1]), after = Math.hypot(now[0] - other[0], now[1] - other[1]);
        this.pan((now[0] - last[0]) / 2, (now[1] - last[1]) / 2);
        if (before > 5) this.zoom(after / before, (now[0] + other[0]) / 2 - mx, (now[1] + other[1]) / 2 - my);
      }
      pointers.set(e.pointerId, now);
    });
    const up = (e) => {
      if (!pointers.delete(e.pointerId) || e.type === "pointercancel" || far || pointers.size) return;
      const [mx, my] = middle();
      click(this.x + (e.clientX - mx) / this.scale, this.y + (e.clientY - my) / this.scale);
    };
    canvas.addEventListener("pointerup", up);
    canvas.addEventListener("pointercancel", up);
    canvas.addEventListener("wheel", (e) => {
      e.preventDefault();
      const [mx, my] = middle(), lines = e.deltaMode === 1 ? 18 : 1;
      if (e.shiftKey) this.pan(-e.deltaY * lines, -e.deltaX * lines);
      else this.zoom(Math.exp(-Math.max(-120, Math.min(120, e.deltaY * lines)) * (e.ctrlKey ? 0.01 : 0.0022)), e.clientX - mx, e.clientY - my);
    }, { passive: false });
    canvas.addEventListener("dblclick", (e) => {
      const [mx, my] = middle();
      this.zoom(2, e.clientX - mx, e.clientY - my);
    });
  }

  /** Moves by a key. It returns whether the key is one of these. */
  key(e) {
    const step = e.shiftKey ? 240 : 60;
    switch (e.key) {
      case "ArrowLeft": this.pan(step, 0); return true;
      case "ArrowRight": this.pan(-step, 0); return true;
      case "ArrowUp": this.pan(0, step); return true;
      case "ArrowDown": this.pan(0, -step); return true;
      case "+": case "=": this.zoom(1.4); return true;
      case "-": case "_": this.zoom(1 / 1.4); return true;
    }
    return false;
  }
}
