"""Opens reports of hubdata in a real browser, from disk, and checks them as a reader sees them.

    python reference/report.py HUBDATA CHROMIUM [--shots DIR] [--data FOLDER [FLAG...]]

HUBDATA and CHROMIUM are the binaries. Reports of a small demo, of an empty dataset, of a single tile,
of hostile names, of sets of another project with 1 to 40 classes and, with --data, of another folder are opened in the light and the dark theme, at three
widths, on paper and without scripts. Nothing may be fetched, printed on the console or wider than the window. No
text of a drawing may be cut off, cover another or be too small to read. Every section, caption, alternative text and link must exist. Texts must have enough contrast
with their background (WCAG AA). The theme switch and the tables must work with the keyboard. --shots saves
screenshots.
"""

import argparse
import json
import os
import re
import subprocess
import sys
import tempfile

from playwright.sync_api import sync_playwright

WIDTHS = {1400: 11, 900: 11, 400: 10.5}  # of windows, and the least size of the text of drawings there
SECTIONS = ["check", "distributions", "maps", "folds", "pseudo", "evaluation", "tiles", "files"]

# Runs in the page: lists faults in its structure.
STRUCTURE = r"""() => {
  const wrong = [], say = (what, e) => wrong.push(what + ": " + e.outerHTML.slice(0, 120));
  const seen = new Set();
  for (const e of document.querySelectorAll("[id]")) { if (seen.has(e.id)) say("id twice", e); seen.add(e.id); }
  for (const a of document.querySelectorAll("a[href]")) {
    const to = a.getAttribute("href");
    if (!to.startsWith("#") || !document.getElementById(to.slice(1))) say("link to nothing", a);
  }
  for (const i of document.images) { if (!i.alt) say("picture without a text", i); if (!i.naturalWidth) say("picture that does not show", i); }
  for (const s of document.querySelectorAll("svg")) {
    if (s.getAttribute("aria-hidden") === "true") continue;
    const title = s.querySelector(":scope > title");
    if (s.getAttribute("role") !== "img" || !title || !title.textContent) say("drawing without a text", s);
  }
  for (const t of document.querySelectorAll("table")) {
    if (!t.caption || !t.caption.textContent.trim()) say("table without a caption", t);
    for (const h of t.querySelectorAll("th")) if (!h.scope) say("head without a scope", h);
    const n = t.tHead.rows[0].cells.length;
    for (const r of t.rows) if (r.cells.length !== n) say("row of " + r.cells.length + " cells, not " + n, r);
  }
  let level = 0;
  for (const h of document.querySelectorAll("h1,h2,h3,h4")) {
    const l = Number(h.tagName[1]);
    if (l > level + 1) say("heading after h" + level, h);
    level = l;
  }
  if (document.querySelectorAll("h1").length !== 1) wrong.push("not one h1");
  return wrong;
}"""

# Runs in the page: lists texts of drawings that are cut off, cover each other or are too small to read, and
# words of the page outside of their box.
LAYOUT = r"""(least) => {
  const wrong = [], cross = (a, b) => Math.min(a.right, b.right) - Math.max(a.left, b.left) > 1 && Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top) > 3;
  for (const s of document.querySelectorAll("svg.plot:not(.key)")) {
    const frame = s.getBoundingClientRect(), name = s.querySelector("title").textContent;
    if (!frame.width) continue; // folded
    const lines = [];
    for (const t of s.querySelectorAll("text")) {
      const parts = t.querySelectorAll("tspan");
      for (const e of parts.length ? parts : [t]) {
        const words = [...e.childNodes].filter(n => n.nodeType === 3).map(n => n.textContent).join("").trim();
        if (!words) continue;
        const range = document.createRange();
        range.selectNodeContents([...e.childNodes].find(n => n.nodeType === 3 && n.textContent.trim()));
        const b = range.getBoundingClientRect();
        if (b.left < frame.left - 1 || b.right > frame.right + 1 || b.top < frame.top - 2 || b.bottom > frame.bottom + 2) wrong.push(`${name}: "${words}" is cut off`);
        for (const o of lines) if (cross(b, o.box)) wrong.push(`${name}: "${words}" covers "${o.words}"`);
        lines.push({words, box: b});
        const size = parseFloat(getComputedStyle(e).fontSize) * frame.width / s.viewBox.baseVal.width;
        if (size < least) wrong.push(`${name}: "${words}" is ${size.toFixed(1)} pixels high`);
      }
    }
  }
  for (const e of document.querySelectorAll("h1,h2,h3,p,li,dt,dd,figcaption,summary")) {
    if (e.getClientRects().length && e.scrollWidth > e.clientWidth + 1 && getComputedStyle(e).display !== "inline") wrong.push(`"${e.textContent.slice(0, 60)}" is wider than its box`);
  }
  return wrong;
}"""

# Runs in the page: lists texts without enough contrast.
CONTRAST = r"""() => {
  const rgb = c => (c.match(/[\d.]+/g) || []).map(Number);
  const light = c => { const f = v => { v /= 255; return v <= .03928 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4 }; return .2126 * f(c[0]) + .7152 * f(c[1]) + .0722 * f(c[2]) };
  const behind = e => { for (; e; e = e.parentElement) { const c = rgb(getComputedStyle(e).backgroundColor); if (c.length === 3 || c[3] === 1) return c; } return [255, 255, 255] };
  const wrong = new Set();
  for (const e of document.querySelectorAll("h1,h2,h3,p,a,th,td,dt,dd,small,caption,summary,figcaption,li,.tag,button,code")) {
    if (!e.textContent.trim() || !e.getClientRects().length) continue;
    const a = light(rgb(getComputedStyle(e).color)), b = light(behind(e));
    const ratio = (Math.max(a, b) + .05) / (Math.min(a, b) + .05);
    if (ratio < 4.5) wrong.add(e.tagName + "." + e.className + " " + ratio.toFixed(2));
  }
  for (const e of document.querySelectorAll(".plot text")) {
    const a = light(rgb(getComputedStyle(e).fill)), b = light(behind(e));
    if (e.classList.contains("black") || e.classList.contains("white")) continue; // on a coloured cell: tested in internal/palette
    if ((Math.max(a, b) + .05) / (Math.min(a, b) + .05) < 4.5) wrong.add("svg text " + e.textContent);
  }
  return [...wrong];
}"""


def run(*args, cwd=None, code=0):
    done = subprocess.run(args, cwd=cwd, capture_output=True, text=True)
    if done.returncode != code:
        sys.exit(f"{' '.join(args)}: exit {done.returncode}, want {code}\n{done.stdout}{done.stderr}")
    return done


class Reader:
    def __init__(self, browser, shots):
        self.browser, self.shots, self.wrong = browser, shots, []

    def check(self, ok, name, what):
        if not ok:
            self.wrong.append(f"{name}: {what}")

    def open(self, path, name, width, scheme, js=True):
        page = self.browser.new_page(viewport={"width": width, "height": 900}, color_scheme=scheme, java_script_enabled=js)
        page.on("console", lambda m: self.check(False, name, f"console: {m.text}"))
        page.on("pageerror", lambda e: self.check(False, name, f"error: {e}"))
        page.on("dialog", lambda d: (self.check(False, name, f"dialog: {d.message}"), d.dismiss()))
        url = "file://" + os.path.abspath(path)
        page.on("request", lambda r: self.check(r.url == url or r.url.startswith("data:"), name, f"asks for {r.url[:100]}"))
        page.goto(url)
        return page

    def shot(self, page, name):
        if self.shots:
            page.screenshot(path=os.path.join(self.shots, name + ".png"), full_page=True)

    def read(self, path, name, present, pages=True):
        """Reads a report; pages: also in the dark theme, by keyboard, on paper and without scripts."""
        for width, scheme in [(w, s) for w in WIDTHS for s in (("light", "dark") if pages else ("light",))]:
            label = f"{name}-{width}-{scheme}"
            page = self.open(path, label, width, scheme)
            for s in SECTIONS:
                self.check(page.locator(f"section#{s} h2").count() == 1, label, f"no section {s}")
                self.check(page.locator(f"nav a[href='#{s}']").count() == 1, label, f"no entry of {s}")
                absent = page.locator(f"section#{s} > .missing").count() > 0
                self.check(absent == (s not in present), label, f"section {s} is {'absent' if absent else 'there'}")
            self.check(page.locator("nav a[href='#glance']").count() == page.locator("section#glance").count(), label, "the overview is not in the contents")
            for fault in page.evaluate(STRUCTURE) + page.evaluate(CONTRAST) + page.evaluate(LAYOUT, WIDTHS[width]):
                self.check(False, label, fault)
            wide = page.evaluate("document.documentElement.scrollWidth")
            self.check(wide <= width, label, f"is {wide} wide")
            dark = page.evaluate("getComputedStyle(document.body).backgroundColor") != "rgb(255, 255, 255)"
            self.check(dark == (scheme == "dark"), label, "the background does not follow the theme")
            self.shot(page, label)
            page.close()
        if not pages:
            return
        self.keyboard(path, name)
        self.paper(path, name)
        self.bare(path, name)

    def keyboard(self, path, name):
        page = self.open(path, name, 1280, "light")
        page.keyboard.press("Tab")
        self.check(page.evaluate("document.activeElement.className") == "skip", name, "the first tab stop is not the way to the content")
        page.keyboard.press("Tab")
        self.check(page.evaluate("document.activeElement.id") == "theme", name, "the second tab stop is not the theme")
        seen = []
        for _ in range(3):
            page.keyboard.press("Enter")
            seen.append(page.evaluate("[document.documentElement.dataset.theme || 'auto', getComputedStyle(document.body).backgroundColor === 'rgb(255, 255, 255)']"))
        self.check(seen == [["light", True], ["dark", False], ["auto", True]], name, f"the theme goes {seen}")
        for table in page.locator("main table").all():
            heads = table.locator("thead button")
            if heads.count() == 0 or not heads.first.is_visible():
                continue
            n = heads.count() - 1
            was = table.locator("tbody tr").count()
            for want in ("ascending", "descending"):
                heads.nth(n).focus()
                page.keyboard.press("Enter")
                got = table.locator("thead th").nth(n).get_attribute("aria-sort")
                if table.locator("thead th").nth(n).get_attribute("class") == "n":
                    want = {"ascending": "descending", "descending": "ascending"}[want]
                self.check(got == want, name, f"sorted {got}, want {want}")
                cells = table.locator(f"tbody tr > :nth-child({n + 1})").all_text_contents()
                if table.locator("thead th").nth(n).get_attribute("class") == "n":
                    values = [float(re.sub(r"[,%+\s]", "", c)) for c in cells if re.search(r"\d", c)]
                    self.check(values == sorted(values, reverse=want == "descending"), name, f"not in order: {values[:8]}")
            self.check(table.locator("tbody tr").count() == was, name, "sorting lost rows")
        page.close()

    def paper(self, path, name):
        page = self.open(path, name, 1280, "dark")
        page.emulate_media(media="print")
        self.check(page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)", name, "paper is not white")
        self.check(not page.locator("nav").is_visible() and not page.locator("#theme").is_visible(), name, "the contents or the switch are printed")
        for fault in page.evaluate(CONTRAST):
            self.check(False, name + " on paper", fault)
        pdf = page.pdf(format="A4", margin={k: "12mm" for k in ("top", "bottom", "left", "right")}, print_background=False)
        self.check(pdf[:5] == b"%PDF-" and len(pdf) > 10_000, name, f"a PDF of {len(pdf)} bytes")
        if self.shots:
            with open(os.path.join(self.shots, name + ".pdf"), "wb") as f:
                f.write(pdf)
        page.close()

    def bare(self, path, name):
        page = self.open(path, name, 1280, "light", js=False)
        self.check(not page.locator("#theme").is_visible() and page.locator(".more").locator("visible=true").count() == 0, name, "without the script there are buttons that do nothing")
        self.check(page.locator("section#glance").is_visible(), name, "without the script there is no overview")
        page.close()


def write(path, text):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "w") as f:
        f.write(text)


EVIL = "<img src=x onerror=alert(1)>\"'&amp;"


def hostile(folder):
    """A dataset whose names are markup."""
    tile = "<b onclick=alert(2)>t"
    write(f"{folder}/tile_meta.csv", f'id,source_wsi,dataset,i,j\n"{tile}",1,1,0,0\n')
    ring = [[10, 10], [60, 10], [60, 60], [10, 60], [10, 10]]
    write(f"{folder}/polygons.jsonl", json.dumps({"id": tile, "annotations": [{"type": "blood_vessel", "coordinates": [ring]}]}) + "\n")
    box = [10, 10, 51, 51]
    truth = {"images": [{"id": 1, "file_name": tile + ".tif", "height": 512, "width": 512}],
             "categories": [{"id": 1, "name": "blood_vessel"}, {"id": 2, "name": "<script>alert(3)</script>"}],
             "annotations": [{"id": k + 1, "image_id": 1, "category_id": k + 1, "bbox": box, "area": 2601, "iscrowd": 0,
                              "segmentation": [[v for p in ring for v in p]]} for k in range(2)]}
    write(f"{folder}/x_truth.json", json.dumps(truth))
    results = [{"image_id": 1, "category_id": 1, "bbox": box, "score": 0.9, "segmentation": truth["annotations"][0]["segmentation"]}]
    for r in results:
        r["segmentation"] = {"size": [512, 512], "counts": [10 * 512 + 10, 51] + [461, 51] * 50 + [512 * 512 - 60 * 512 - 61]}
    write(f"{folder}/predictions/<i>m&.segm.json", json.dumps(results))


LONG = ["Sweat gland, eccrine duct", "Squamous cell carcinoma in situ", "Inflammatory infiltrate (lymphocytic)", "Papillary dermis", "血管（細動脈と毛細血管）", "Ελληνικά αγγεία", "<b>"]
CLASSES = LONG + [f"Histological region of type number {i}" for i in range(len(LONG), 40)]
STRANGERS = [("one", CLASSES[:1], True), ("seven", CLASSES[:7], True), ("twelve", CLASSES[:12], True), ("forty", CLASSES, True), ("boxes", CLASSES[:7], False)]


def stranger(folder, names, masks):
    """A set of another project: folders by patient, long names, two models."""
    images, annotations, models = [], [], ([], [])
    for i in range(24):
        images.append({"id": i + 1, "file_name": f"patient_{i // 4 + 1:02d}/slide-{i % 2}/region_{i:03d}.png", "width": 200, "height": 160})
        for k in range(1 + i % 5):
            x, y, w, h = 7 * k + i, 20 * k + i, 20 + 11 * k, 9 + 2 * i
            h = min(h, 160 - y)
            category = (i * 5 + k * 3) % len(names) + 1
            a = {"id": len(annotations) + 1, "image_id": i + 1, "category_id": category, "bbox": [x, y, w, h], "area": w * h, "iscrowd": 0}
            if masks:
                a["segmentation"] = [[x, y, x + w, y, x + w, y + h, x, y + h]]
            annotations.append(a)
            for m, found in enumerate(models):
                if (i + k + m) % 4:
                    d = {"image_id": i + 1, "category_id": category, "bbox": [x, y, w + m, h], "score": round((i * 7 + k * 3 + m) % 40 / 40, 3)}
                    if masks:
                        d["segmentation"] = {"size": [160, 200], "counts": [x * 160 + y, h] + [160 - h, h] * (w + m - 1) + [(200 - x - w - m) * 160 + 160 - y - h]}
                    found.append(d)
    write(f"{folder}/set.json", json.dumps({"images": images, "annotations": annotations, "categories": [{"id": i + 1, "name": n} for i, n in enumerate(names)]}))
    write(f"{folder}/a.json", json.dumps(models[0]))
    write(f"{folder}/model with a long name, trained on patients 1 to 5.json", json.dumps(models[1]))


def main():
    p = argparse.ArgumentParser()
    p.add_argument("hubdata")
    p.add_argument("chromium")
    p.add_argument("--shots")
    p.add_argument("--data", nargs="+", metavar=("FOLDER", "FLAG"))
    args, flags = p.parse_known_args()
    h = os.path.abspath(args.hubdata)
    if args.shots:
        os.makedirs(args.shots, exist_ok=True)
    with tempfile.TemporaryDirectory() as tmp, sync_playwright() as play:
        browser = play.chromium.launch(executable_path=args.chromium, args=["--no-sandbox"])
        r = Reader(browser, args.shots)

        demo = f"{tmp}/demo"
        run(h, "demo", "--quiet", demo)
        run(h, "folds", "-k", "5", "--quiet", cwd=demo)
        run(h, "pseudo", "--thr", "0.5,0.6", "--quiet", cwd=demo)
        run(h, "report", "-o", f"{tmp}/demo.html", demo)
        r.read(f"{tmp}/demo.html", "demo", SECTIONS)

        empty = f"{tmp}/empty"
        write(f"{empty}/tile_meta.csv", "id,source_wsi,dataset,i,j\n")
        write(f"{empty}/polygons.jsonl", "")
        run(h, "report", "-o", f"{tmp}/empty.html", empty)
        r.read(f"{tmp}/empty.html", "empty", ["check", "files"])

        single = f"{tmp}/single"
        write(f"{single}/tile_meta.csv", "id,source_wsi,dataset,i,j\n0006ff2aa7cd,2,2,512,1024\n")
        write(f"{single}/polygons.jsonl", '{"id":"0006ff2aa7cd","annotations":[{"type":"blood_vessel","coordinates":[[[5,5],[50,5],[50,50],[5,50]]]}]}\n')
        run(h, "report", "-o", f"{tmp}/single.html", single)
        r.read(f"{tmp}/single.html", "single", ["check", "distributions", "maps", "tiles", "files"])

        hostile(f"{tmp}/<u>hostile")
        run(h, "report", "-o", f"{tmp}/hostile.html", "--title", EVIL, f"{tmp}/<u>hostile")
        r.read(f"{tmp}/hostile.html", "hostile", ["check", "distributions", "maps", "evaluation", "tiles", "files"])
        page = r.open(f"{tmp}/hostile.html", "hostile", 1280, "light")
        r.check(page.title() == EVIL, "hostile", f"the title is {page.title()!r}")
        r.check(page.locator("main b, main i, main u, img:not([src^='data:']), main script").count() == 0, "hostile", "a name became markup")
        page.close()

        for name, names, masks in STRANGERS:
            folder = f"{tmp}/{name}"
            stranger(folder, names, masks)
            run(h, "report", "-o", f"{tmp}/{name}.html", "--predictions", f"{folder}/a.json", "--predictions", f"{folder}/model with a long name, trained on patients 1 to 5.json", f"{folder}/set.json")
            r.read(f"{tmp}/{name}.html", name, ["check", "distributions", "evaluation", "tiles", "files"], pages=False)

        if args.data:
            run(h, "report", "-o", f"{tmp}/data.html", *flags, *args.data)
            page = r.open(f"{tmp}/data.html", "data", 1280, "light")
            there = [s for s in SECTIONS if page.locator(f"section#{s} > .missing").count() == 0]
            page.close()
            r.read(f"{tmp}/data.html", "data", there)
            print("data: sections", ", ".join(there))
        version = browser.version
        browser.close()
    if r.wrong:
        sys.exit("\n".join(r.wrong[:60]) + f"\n{len(r.wrong)} things wrong")
    print(f"reports opened in Chromium {version}: all well")


if __name__ == "__main__":
    main()
