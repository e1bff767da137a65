"""Opens the page of hubdata view in a real browser, and uses it as people do.

    python reference/view.py HUBDATA CHROMIUM [--shots DIR] [--seed N] [--speed FOLDER ARGUMENTS]

HUBDATA and CHROMIUM are the binaries. The page is opened with two models of a small demo, with a folder, with boxes, with
hostile names, with 0 and 600 instances on a tile, without pictures and as a review, in the light and the dark theme, at
three sizes. Nothing may be printed on the console or fetched from elsewhere, and axe-core may find nothing. Each control is
used. The lineage is what "hubdata verify --graph" says. At random positions of the sliders, counts and AP are those of
"hubdata eval --json". The program is killed in the middle of a review: no decision that the page counted is lost. --shots
saves screenshots. --speed measures a folder with predictions instead, with arguments of view: the first picture, frames
while panning, a step of a slider, and the server's memory.
"""

import argparse
import json
import os
import random
import re
import shlex
import signal
import subprocess
import sys
import tempfile
import time

import axe_playwright_python
from playwright.sync_api import sync_playwright

SIZES = [(1440, 900), (900, 700), (390, 780)]
AXE = open(os.path.join(os.path.dirname(axe_playwright_python.__file__), "axe.min.js"), encoding="utf-8").read()


def run(*args, cwd=None, code=0):
    done = subprocess.run(args, cwd=cwd, capture_output=True, text=True)
    if done.returncode != code:
        sys.exit(f"{' '.join(args)}: exit {done.returncode}, expected {code}\n{done.stdout}{done.stderr}")
    return done.stdout


class Viewer:
    """A run of hubdata view."""

    def __init__(self, hubdata, *args, cwd=None):
        self.process = subprocess.Popen([hubdata, "view", "--no-open", "--quiet", *args], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=cwd)
        self.url = self.process.stdout.readline().strip()
        if not self.url:
            sys.exit(f"view {args}: {self.process.stderr.read()}")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.send_signal(signal.SIGINT)
        self.process.communicate(timeout=20)


class Reader:
    def __init__(self, browser, shots, seed):
        self.browser, self.shots, self.wrong, self.random, self.used = browser, shots, [], random.Random(seed), 0

    def check(self, ok, name, what):
        if not ok:
            self.wrong.append(f"{name}: {what}")

    def open(self, url, name, size=(1440, 900), scheme="light", touch=False, wait=True):
        context = self.browser.new_context(viewport={"width": size[0], "height": size[1]}, color_scheme=scheme, has_touch=touch, accept_downloads=True)
        page = context.new_page()
        page.on("console", lambda m: self.check(False, name, f"console: {m.text}"))
        page.on("pageerror", lambda e: self.check(False, name, f"error: {e}"))
        page.on("dialog", lambda d: (self.check(False, name, f"dialog: {d.message}"), d.dismiss()))
        origin = url.split("/", 3)[2]
        page.on("request", lambda r: self.check(r.url.startswith((f"http://{origin}/", "blob:", "data:")), name, f"asks for {r.url[:100]}"))
        page.goto(url)
        if wait:
            page.wait_for_selector("html[data-ready=true]", timeout=60_000)
            self.idle(page)
        return page

    def idle(self, page):
        """Waits until all that is needed is drawn."""
        page.wait_for_timeout(150)
        page.wait_for_selector("html[data-idle=true]", timeout=120_000)

    def soon(self, what, seconds=20):
        """Waits until what() is true; after some seconds a check says what is not."""
        end = time.time() + seconds
        while not what() and time.time() < end:
            time.sleep(0.1)

    def shot(self, page, name):
        if self.shots:
            page.screenshot(path=os.path.join(self.shots, name + ".png"))

    def axe(self, page, name):
        if not page.evaluate("typeof axe === 'object'"):
            page.evaluate(AXE + ";0")
        found = page.evaluate("axe.run(document, {resultTypes: ['violations']})")
        for v in found["violations"]:
            self.check(False, name, f"axe: {v['id']}: {v['help']}: {[n['html'][:120] for n in v['nodes'][:3]]}")

    def all_sizes(self, url, name):
        """Looks at a page at all sizes, in both themes."""
        for size in SIZES:
            for scheme in ("light", "dark"):
                label = f"{name}-{size[0]}-{scheme}"
                page = self.open(url, label, size, scheme, touch=size[0] < 500)
                wide = page.evaluate("document.documentElement.scrollWidth")
                self.check(wide <= size[0], label, f"is {wide} wide")
                self.check(page.evaluate("document.documentElement.dataset.theme") == scheme, label, "the theme does not follow the system")
                self.axe(page, label)
                self.shot(page, label)
                page.context.close()

    def counts(self, page, model):
        """What the page says of a model."""
        box = page.locator(f".scores .of[data-model='{model}']")
        keys = ["ap", "found", "missed", "false"] + ["hubmap"] * box.locator("[data-value=hubmap]").count()
        return {key: box.locator(f"[data-value={key}]").inner_text().replace(",", "") for key in keys}

    def slide(self, page, slider, value):
        page.locator(f"#{slider}").evaluate("(e, v) => { e.value = v; e.dispatchEvent(new Event('input', {bubbles: true})) }", str(value))

    def equal_to_eval(self, hubdata, page, name, model, iou, score, args, cwd):
        """Compares counts and AP with those of eval."""
        page.wait_for_function("([m, i]) => { const e = document.querySelector(`.scores .of[data-model='${m}'] dt`); return e && e.textContent === 'AP' + i }", arg=[model, round(iou * 100)], timeout=20_000)
        self.idle(page)
        page.wait_for_timeout(250)
        page.wait_for_function("() => !document.getElementById('scores').innerText.includes('…')", timeout=60_000)
        got = self.counts(page, model)
        want = json.loads(run(hubdata, "eval", "--json", "--sweep", "--iou", f"{iou:g}", *args, cwd=cwd))
        kept, precision = 0, 0.0
        for p in want["sweep"]["points"]:
            if p["score"] >= score:
                kept, precision = p["kept"], p["precision"]
        found = round(precision * kept)
        ap = want["at"][0]["ap"]
        expected = {"ap": "–" if ap < 0 else f"{ap:.3f}", "found": str(found), "missed": str(want["instances"] - found), "false": str(kept - found)}
        if "hubmap" in want:
            expected["hubmap"] = f"{want['hubmap']:.3f}"
        self.check(got == expected, name, f"IoU {iou}, score {score}: {got}, eval says {expected}")


def controls(r, page, name, skip=()):
    """Uses each control once."""
    for select in page.locator("select").all():
        if not select.is_visible():
            continue
        for value in select.evaluate("e => [...e.options].map(o => o.value)"):
            select.select_option(value)
            r.used += 1
            page.wait_for_timeout(60)
    for box in page.locator("input[type=radio], .legend input[type=checkbox]").all():
        box.evaluate("e => e.click()")
        r.used += 1
        page.wait_for_timeout(80)
    page.evaluate("document.getElementById('filters').open = true")
    for chip in page.locator("#fields input").all()[:30]:
        for _ in range(2):
            chip.evaluate("e => e.click()")
            r.used += 1
            page.wait_for_timeout(30)
    for slider in page.locator("input[type=range]").all():
        if slider.is_visible():
            slider.focus()
            for key in ("ArrowRight", "ArrowLeft", "Home", "End", "ArrowLeft"):
                page.keyboard.press(key)
                r.used += 1
                page.wait_for_timeout(40)
    for id in ("zoom-in", "zoom-out", "fit", "theme", "theme", "rail-toggle", "rail-toggle", "help", "dialog-close", "command", "dialog-close", "lineage", "side-close"):
        if id not in skip:
            page.click(f"#{id}")
            r.used += 1
            page.wait_for_timeout(80)
    page.fill("#search", "zzz")
    page.wait_for_timeout(100)
    r.check(page.locator("#list .item").count() == 0, name, "a search for nothing finds tiles")
    page.fill("#search", "")
    with page.expect_download() as got:
        page.click("#picture")
    with open(got.value.path(), "rb") as f:
        r.check(f.read(8) == b"\x89PNG\r\n\x1a\n", name, "the picture is no PNG")
    r.check(got.value.suggested_filename.endswith(".png"), name, f"the picture is called {got.value.suggested_filename}")
    r.idle(page)


def keyboard(r, url, name):
    """Chooses a tile, an instance and a dialog without a pointer."""
    page = r.open(url, name)
    page.keyboard.press("Tab")
    r.check(page.evaluate("document.activeElement.className") == "skip", name, "the first tab stop is not the way to the tiles")
    seen = set()
    for _ in range(60):
        page.keyboard.press("Tab")
        seen.add(page.evaluate("document.activeElement.id || document.activeElement.tagName"))
    for id in ("score", "list", "search", "sort", "CANVAS", "zoom-in", "color", "command", "help"):
        r.check(id in seen, name, f"no tab stop at {id}: {sorted(seen)}")
    page.focus("#list")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    chosen = page.locator("#list [aria-selected=true]")
    r.check(chosen.count() == 1 and chosen.get_attribute("aria-posinset") == "2", name, "the arrows do not choose a tile")
    r.check(page.get_attribute("#list", "aria-activedescendant") == chosen.get_attribute("id"), name, "the list does not say which tile is chosen")
    page.focus("#panes canvas")
    before = page.evaluate("hubdata.camera.get()")
    for key in ("ArrowLeft", "ArrowUp", "+", "+", "-"):
        page.keyboard.press(key)
    after = page.evaluate("hubdata.camera.get()")
    r.check(before != after, name, "keys do not move the view")
    page.keyboard.press("n")
    r.check("found" in page.inner_text("#said") or "instance" in page.inner_text("#said"), name, f"the next tile is announced as {page.inner_text('#said')!r}")
    r.idle(page)
    page.keyboard.press("i")
    page.wait_for_selector("#side:not([hidden])")
    r.axe(page, name + " tile")
    first = page.locator(".instances button").first
    if first.count():
        first.focus()
        page.keyboard.press("Enter")
        page.wait_for_selector("#facts")
        r.check("From" in page.inner_text("#facts"), name, "an instance does not say where it is from")
        r.axe(page, name + " instance")
    page.keyboard.press("Escape")
    r.check(not page.locator("#side").is_visible(), name, "Escape does not close the details")
    page.keyboard.press("?")
    r.check(page.locator("#dialog").is_visible(), name, "? does not open the help")
    r.axe(page, name + " help")
    page.keyboard.press("Escape")
    page.context.close()


def lineage(r, hubdata, folder):
    """The panel says what the files were made from, and what of it has changed since."""
    name = "lineage"
    sets = f"{folder}/lineage"
    run(hubdata, "pseudo", "--thr", "0.5", "--quiet", "-o", sets, cwd=folder)
    labels = os.path.relpath(os.path.join(sets, next(n for n in sorted(os.listdir(sets)) if n.endswith(".json"))), folder)
    part, table = "part.json", f"{folder}/tile_meta.csv"
    run(hubdata, "filter", "--min-score", "0.6", "--quiet", "-o", part, labels, cwd=folder)
    before = open(table, "rb").read()
    try:
        with Viewer(hubdata, "--tile-meta", "tile_meta.csv", part, "predictions/vit.segm.json", cwd=folder) as v:
            page = r.open(v.url, name)
            page.keyboard.press("o")
            page.wait_for_selector("#chain", timeout=60_000)
            tree = run(hubdata, "verify", "--graph", part, cwd=folder)
            files = [re.sub(r"^[│├└─ ]*", "", line).split(": ")[0] for line in tree.splitlines() if re.match(r"^([│├└─ ]+|part\.json: filter)", line)]
            shown = page.locator("#chain b").all_inner_texts()
            r.check(sorted(shown) == sorted([*files, "predictions/vit.segm.json"]), name, f"shows {shown}, verify says {files}")
            states = page.locator("#chain .state").all_inner_texts()
            r.check(all("unchanged" in s or "as it was read" in s for s in states), name, f"nothing has changed, but it says {states}")
            r.check("all unchanged" in page.inner_text("#said"), name, f"a screen reader hears {page.inner_text('#said')!r}")
            r.check("folder" in page.inner_text("#side-body") or "below" in page.inner_text("#side-body"), name, "it does not say where it looked")
            page.locator("#chain summary").first.focus()
            page.keyboard.press("Enter")
            r.check(page.locator("#chain details[open] code").first.inner_text() != "", name, "the options of a command are not shown")
            for scheme in ("light", "dark"):
                page.evaluate("s => { document.documentElement.dataset.theme = s }", scheme)
                page.wait_for_timeout(300)
                r.axe(page, f"{name} {scheme}")
                r.shot(page, f"{name}-{scheme}")
            page.click("#chain-picture")
            page.wait_for_function("() => document.querySelector('#dialog img')?.naturalWidth > 0", timeout=20_000)
            r.axe(page, name + " picture")
            r.shot(page, name + "-picture")
            page.click("#dialog-close")
            with open(table, "ab") as f:
                f.write(b"\n")
            page.click("#chain-again")
            page.wait_for_selector("#chain .state.changed", timeout=60_000)
            r.check("tile_meta.csv" in page.locator("#chain li:has(> .state.changed) > b").first.inner_text(), name, "another file is said to have changed")
            page.keyboard.press("Escape")
            page.click("#lineage")
            page.wait_for_selector("#chain .state.changed", timeout=60_000)
            page.keyboard.press("n")
            r.idle(page)
            page.keyboard.press("i")
            page.locator(".instances button", has_text="outline").first.click()
            page.wait_for_selector("#facts", timeout=20_000)
            facts = page.inner_text("#facts")
            r.check("filter, hubdata" in facts and "min-score" in facts.replace("_", "-"), name, f"an instance does not say how its file was made: {facts!r}")
            r.used += 6
            page.context.close()
    finally:
        with open(table, "wb") as f:
            f.write(before)


def permalink(r, url, name):
    """A permalink opens the same view."""
    page = r.open(url, name)
    r.slide(page, "score", 0.35)
    if page.locator("#iou").is_visible():
        r.slide(page, "iou", 0.45)
    page.select_option("#sort", "instances")
    page.evaluate("hubdata.camera.zoom(2)")
    r.soon(lambda: (before := page.url, page.wait_for_timeout(900), before == page.url)[-1])
    link = page.url
    state = page.evaluate("JSON.stringify([hubdata.state.score, hubdata.state.iou, hubdata.state.sort, hubdata.camera.get()].map(v => typeof v === 'object' && v ? Object.values(v).map(x => x.toPrecision(3)) : v))")
    page.context.close()
    page = r.open(link, name)
    again = page.evaluate("JSON.stringify([hubdata.state.score, hubdata.state.iou, hubdata.state.sort, hubdata.camera.get()].map(v => typeof v === 'object' && v ? Object.values(v).map(x => x.toPrecision(3)) : v))")
    r.check(state == again, name, f"the link {link} opens {again}, expected {state}")
    page.context.close()


def frame(r, url, name, folder):
    """A page of this machine, as a notebook is, shows it in a frame."""
    import http.server
    import threading

    with open(f"{folder}/frame.html", "w", encoding="utf-8") as f:
        f.write(f"<!doctype html><title>notebook</title><iframe src='{url}' width='1000' height='600'></iframe>")

    class Quiet(http.server.SimpleHTTPRequestHandler):
        def __init__(self, *a):
            super().__init__(*a, directory=folder)

        def log_message(self, *_):
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Quiet)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    page = r.browser.new_page()
    page.goto(f"http://localhost:{server.server_port}/frame.html")
    inner = page.frames[1]
    inner.wait_for_selector("html[data-ready=true]", timeout=30_000)
    r.check("tiles" in inner.inner_text("#subtitle"), name, "a frame does not show the page")
    page.close()
    server.shutdown()


def review(r, hubdata, folder, seed):
    """Two people decide at once, and the program is killed: what was counted is in the log."""
    sets = f"{folder}/pseudo"
    run(hubdata, "pseudo", "--thr", "0.5", "--quiet", "-o", sets, cwd=folder)
    labels = os.path.join(sets, next(n for n in sorted(os.listdir(sets)) if n.endswith(".json")))
    log = f"{folder}/log.jsonl"
    name = "review"
    with Viewer(hubdata, "--tile-meta", "tile_meta.csv", "--decisions", log, "--reviewer", "Anna <b>", labels, cwd=folder) as v:
        r.all_sizes(v.url, "review")
        page = r.open(v.url, name)
        for key in "arun" + "aaz":
            page.keyboard.press(key)
            page.wait_for_timeout(120)
        for id in ("accept", "reject", "uncertain", "undo", "back", "next"):
            page.click(f"#review-{id}")
            r.used += 1
            page.wait_for_timeout(120)
        for order in page.locator("#review-order").evaluate("e => [...e.options].map(o => o.value)"):
            page.select_option("#review-order", order)
            r.used += 1
            page.wait_for_timeout(150)
        r.soon(lambda: page.inner_text("#review-progress").startswith("6 of "))
        text = page.inner_text("#review-progress")
        r.check(text.startswith("6 of "), name, f"{text!r}, expected 6 decisions that stand")
        second = r.open(v.url, "review, second")
        second.fill("#reviewer", "Ben")
        second.press("#reviewer", "Enter")
        second.wait_for_timeout(300)
        second.locator("#review-verdict").click()
        for n in range(12):
            for p in (page, second):
                p.keyboard.press("ar"[n % 2])
        # Each hears of the other's.
        r.soon(lambda: all("Anna <b>" in t and "Ben" in t for t in (p.inner_text("#side-body") for p in (page, second))))
        r.soon(lambda: open(log, encoding="utf-8").read().count('"Ben"') == 12)
        said = [p.inner_text("#side-body") for p in (page, second)]
        for text in said:
            r.check("Anna <b>" in text and "Ben" in text, name, f"a page does not know both: {text!r}")
        lines = open(log, encoding="utf-8").read().splitlines()[1:]
        by = [json.loads(line)["by"] for line in lines]
        r.check(by.count("Ben") == 12, name, f"{by.count('Ben')} decisions of Ben, expected 12")
        page.context.close()
        second.context.close()
    # Killed while decisions are sent.
    counted = 0
    v = Viewer(hubdata, "--decisions", log, "--reviewer", "Cleo", labels, cwd=folder)
    context = r.browser.new_context()
    page = context.new_page()
    page.goto(v.url)
    page.wait_for_selector("html[data-ready=true]")
    page.wait_for_timeout(500)
    stop = time.time() + 1.5
    while time.time() < stop:
        page.keyboard.press(r.random.choice("aru"))
    v.process.kill()
    v.process.wait()
    counted = page.evaluate("document.getElementById('side-body').innerText.match(/Cleo\\s+(\\d+)/)?.[1]")
    context.close()
    lines = open(log, "rb").read().split(b"\n")
    cleo = {json.loads(line)["annotation"] for line in lines[1:-1] if json.loads(line)["by"] == "Cleo"}
    r.check(lines[-1] == b"" or not lines[-1].endswith(b"}"), name, f"the log ends with {lines[-1]!r}")
    r.check(counted is not None and len(cleo) >= int(counted), name, f"{len(cleo)} decisions in the log, but the page counted {counted}")
    out = f"{folder}/accepted.json"
    run(hubdata, "filter", "--decisions", log, "-o", out, "--quiet", labels, cwd=folder)
    before = {a["id"]: a for a in json.load(open(labels, encoding="utf-8"))["annotations"]}
    after = json.load(open(out, encoding="utf-8"))["annotations"]
    r.check(0 < len(after) < len(before) and all(before[a["id"]] == a for a in after), name, "an annotation that was accepted has changed")
    with Viewer(hubdata, "--decisions", log, labels, cwd=folder) as v:
        page = r.open(v.url, "review, again")
        r.check("Cleo" in page.inner_text("#side-body"), name, "a later run does not know the decisions")
        page.context.close()


EVIL = "<img src=x onerror=alert(1)>\"'&amp;\u202e"


def hostile(folder):
    """A dataset whose names are markup, with a tile of 600 instances, one of none, and no pictures."""
    os.makedirs(folder)
    images = [{"id": i + 1, "file_name": f"{EVIL}{i}.png", "height": 512, "width": 512, "site": EVIL, EVIL: str(i % 2)} for i in range(3)]
    annotations = []
    for k in range(600):
        x, y = 3 + 20 * (k % 25), 3 + 20 * (k // 25)
        annotations.append({"id": f"{EVIL}{k}", "image_id": 1, "category_id": 1 + k % 2, "bbox": [x, y, 16, 16], "area": 256, "iscrowd": 0, EVIL: EVIL, "segmentation": [[x, y, x + 16, y, x + 16, y + 16, x, y + 16]]})
    annotations.append({**annotations[0], "id": "last", "image_id": 3})
    data = {"images": images, "annotations": annotations, "categories": [{"id": 1, "name": EVIL}, {"id": 2, "name": "<script>alert(3)</script>"}]}
    json.dump(data, open(f"{folder}/<u>set.json", "w", encoding="utf-8"))
    results = [{"image_id": 1, "category_id": a["category_id"], "bbox": a["bbox"], "score": (k % 100) / 100, "segmentation": a["segmentation"], EVIL: EVIL} for k, a in enumerate(annotations[:600]) if k % 3]
    for r in results:
        r["segmentation"] = a_mask(r["bbox"])
    json.dump(results, open(f"{folder}/<i>m&.segm.json", "w", encoding="utf-8"))


def a_mask(box):
    x, y, w, h = box
    return {"size": [512, 512], "counts": [x * 512 + y, h] + [512 - h, h] * (w - 1) + [512 * 512 - (x + w - 1) * 512 - y - h]}


def speed(hubdata, browser, folder, results):
    """Measures a folder: prints figures."""
    begun = time.time()
    with Viewer(hubdata, *results, cwd=folder) as v:
        print(f"reading: {time.time() - begun:.1f} s")
        page = browser.new_page(viewport={"width": 1440, "height": 900})
        asked = []
        page.on("request", lambda r: asked.append(r.url.split("/data/")[-1].split("/")[0].split("?")[0]))
        begun = time.time()
        page.goto(v.url)
        page.wait_for_selector("html[data-ready=true]", timeout=120_000)
        print(f"page: {time.time() - begun:.2f} s")
        page.wait_for_function("() => hubdata.panes[0].show.sheets.cache.at.size + hubdata.panes[0].show.pictures.at.size > 0", timeout=60_000)
        print(f"first picture: {time.time() - begun:.2f} s")
        page.wait_for_selector("html[data-idle=true]", timeout=600_000)
        print(f"everything: {time.time() - begun:.2f} s, {len(asked)} requests, {asked.count('sheet')} for sheets, {asked.count('picture')} for pictures, {asked.count('density')} for densities")
        for zoom in (1, 4, 4):
            page.evaluate("""zoom => { const c = hubdata.camera, r = hubdata.panes[0].show.world.rects[0];
                if (zoom > 1) c.set(r.x + r.w / 2, r.y + r.h / 2, c.scale * zoom) }""", zoom)
            page.wait_for_timeout(300)
            begun = time.time()
            page.wait_for_selector("html[data-idle=true]", timeout=600_000)
            print(f"all that is seen: {time.time() - begun:.2f} s")
            page.evaluate("hubdata.timings.length = 0")
            page.evaluate("""() => new Promise(done => { let n = 0; const step = () => { hubdata.camera.pan(n % 80 < 40 ? 12 : -12, 5 * Math.sin(n / 9)); if (++n < 240) requestAnimationFrame(step); else done() }; step() })""")
            times = sorted(page.evaluate("hubdata.timings"))
            print(f"frame while panning at 1:{1 / page.evaluate('hubdata.camera.scale'):.1f}: median {times[len(times) // 2]:.1f} ms, 95 % {times[int(len(times) * .95)]:.1f} ms")
        if page.locator("#iou").is_visible():
            for slider, values in (("iou", [0.3, 0.5, 0.7, 0.55, 0.65]), ("score", [0.2, 0.4, 0.6, 0.8, 0.5])):
                steps = []
                for value in values:
                    steps.append(page.evaluate("""([id, v]) => new Promise(done => { const t = performance.now(), e = document.getElementById(id), box = document.getElementById('scores');
                        new MutationObserver((_, o) => { o.disconnect(); done(performance.now() - t) }).observe(box, {childList: true, subtree: true});
                        e.value = v; e.dispatchEvent(new Event('input')); })""", [slider, value]))
                    page.wait_for_timeout(400)
                steps.sort()
                print(f"a step of {slider}: median {steps[len(steps) // 2]:.0f} ms, most {steps[-1]:.0f} ms")
        spent = open(f"/proc/{v.process.pid}/stat", encoding="utf-8").read().rsplit(")", 1)[1].split()
        print(f"server: {(int(spent[11]) + int(spent[12])) / os.sysconf('SC_CLK_TCK'):.1f} s of a core")
        status = open(f"/proc/{v.process.pid}/status", encoding="utf-8").read()
        most, now = (int(re.search(key + r":\s+(\d+)", status)[1]) / 1024 for key in ("VmHWM", "VmRSS"))
        print(f"server: {most:.0f} MB at most, {now:.0f} MB now")


def main():
    p = argparse.ArgumentParser()
    p.add_argument("hubdata")
    p.add_argument("chromium")
    p.add_argument("--shots")
    p.add_argument("--seed", type=int, default=1)
    p.add_argument("--speed", nargs=2, metavar=("FOLDER", "ARGUMENTS"))
    args = p.parse_args()
    h = os.path.abspath(args.hubdata)
    if args.shots:
        os.makedirs(args.shots, exist_ok=True)
    with tempfile.TemporaryDirectory() as tmp, sync_playwright() as play:
        browser = play.chromium.launch(executable_path=args.chromium, args=["--no-sandbox"])
        if args.speed:
            speed(h, browser, args.speed[0], shlex.split(args.speed[1]))
            return
        r = Reader(browser, args.shots, args.seed)
        demo = f"{tmp}/demo"
        run(h, "demo", "--quiet", "--seed", str(args.seed), demo)
        run(h, "folds", "-k", "4", "--quiet", "-o", "plan.csv", cwd=demo)
        run(h, "folds", "-k", "4", "--method", "spatial", "--buffer", "200", "--quiet", "-o", "apart.json", cwd=demo)

        models = ["predictions/vit.segm.json", "predictions/cascade.segm.json"]
        with Viewer(h, "--tile-meta", "tile_meta.csv", "ds3_truth.json", *models, cwd=demo) as v:
            r.all_sizes(v.url, "models")
            page = r.open(v.url, "models")
            page.check("input[name=compare][value=side]", force=True)
            for n in range(6):
                iou, score = r.random.randint(5, 100) / 100, r.random.randint(0, 100) / 100
                r.slide(page, "iou", iou)
                r.slide(page, "score", score)
                for m in (0, 1):
                    r.equal_to_eval(h, page, "models", m, iou, score, ["ds3_truth.json", models[m]], demo)
            r.shot(page, "side")
            page.evaluate("document.getElementById('filters').open = true")
            page.locator("#fields fieldset", has=page.locator("legend", has_text=re.compile("^wsi$"))).locator("input").first.evaluate("e => e.click()")
            wsi = page.locator("#fields fieldset", has=page.locator("legend", has_text=re.compile("^wsi$"))).locator("span").first.inner_text()
            r.equal_to_eval(h, page, "a filter", 0, iou, score, ["--where", f"wsi={wsi}", "--table", "tile_meta.csv", "ds3_truth.json", models[0]], demo)
            page.click("#command")
            texts = page.locator("#dialog textarea").evaluate_all("list => list.map(e => e.value)")
            r.axe(page, "commands")
            page.click("#dialog-close")
            line = next(t for t in texts if t.startswith("hubdata eval"))
            words = [h] + shlex.split(line)[1:] + ["--table", "tile_meta.csv", "--json"]
            out = json.loads(run(words[0], words[1], *words[2:], cwd=demo) if "--json" in words else "{}")
            first = out[0] if isinstance(out, list) else (out.get("reports") or [out])[0]
            r.check(f"{first['at'][0]['ap']:.3f}" == r.counts(page, 0)["ap"], "commands", f"{line} says {first['at'][0]['ap']}")
            controls(r, page, "models")
            page.context.close()
            keyboard(r, v.url, "keyboard")
            permalink(r, v.url, "permalink")
            frame(r, v.url, "frame", tmp)

        with Viewer(h, "--folds", "plan.csv", ".", models[0], cwd=demo) as v:
            r.all_sizes(v.url, "folder")
            page = r.open(v.url, "folder")
            page.select_option("#tint", "fold")
            r.idle(page)
            r.check("hatched" in page.inner_text("#tint-keys"), "folder", "folds that touch are not hatched")
            r.shot(page, "folds")
            page.select_option("#model", "0")
            controls(r, page, "folder")
            page.context.close()
        with Viewer(h, "--folds", "apart.json", ".", cwd=demo) as v:
            page = r.open(v.url, "buffer")
            page.select_option("#tint", "fold")
            r.idle(page)
            apart = {e for fold in json.load(open(f"{demo}/apart.json", encoding="utf-8"))["kept_apart"] for e in fold}
            text = page.inner_text("#tint-keys")
            r.check(f"hatched tiles: {len(apart)} kept apart" in text and "buffer of 200 pixels" in text, "buffer", f"{text!r}, expected {len(apart)} tiles kept apart")
            r.check("leaking" not in text, "buffer", f"{text!r}: the buffer leaves no pair that leaks")
            page.keyboard.press("n")
            r.idle(page)
            page.keyboard.press("i")
            page.locator(".instances button").first.click()
            page.wait_for_selector("#near button", timeout=20_000)
            near = page.locator("#near button").first.inner_text()
            page.locator("#near button").first.click()
            page.wait_for_function("t => !document.querySelector('#near button') || document.querySelector('#near button').innerText !== t || document.getElementById('facts')", arg=near, timeout=20_000)
            r.axe(page, "neighbours")
            r.shot(page, "buffer")
            page.context.close()
        with Viewer(h, "coco_data/coco/ds1.json", cwd=demo) as v:
            page = r.open(v.url, "labels")
            controls(r, page, "labels")
            page.context.close()

        lineage(r, h, demo)

        bad = f"{tmp}/<b>bad"
        hostile(bad)
        with Viewer(h, "<u>set.json", "<i>m&.segm.json", cwd=bad) as v:
            r.all_sizes(v.url, "hostile")
            page = r.open(v.url, "hostile")
            for iou, score in ((0.5, 0.3), (1, 0), (0.05, 0.99)):
                r.slide(page, "iou", iou)
                r.slide(page, "score", score)
                r.equal_to_eval(h, page, "hostile", 0, iou, score, ["<u>set.json", "<i>m&.segm.json"], bad)
            controls(r, page, "hostile")
            page.keyboard.press("o")
            page.wait_for_selector("#chain", timeout=60_000)
            r.check("<u>set.json" in page.inner_text("#chain"), "hostile", "the lineage does not name the file")
            r.check(page.locator("#chain u, #chain i, #chain img").count() == 0, "hostile", "a name in the lineage became markup")
            page.keyboard.press("Escape")
            page.keyboard.press("0")
            page.click("#list .item >> nth=0")
            r.idle(page)
            page.keyboard.press("i")
            r.check(page.locator(".instances li").count() > 100, "hostile", "the instances of a full tile are not listed")
            page.locator(".instances button").first.click()
            page.wait_for_selector("#facts")
            page.click("#list .item >> nth=1")
            r.idle(page)
            page.keyboard.press("i")
            r.check(page.locator(".instances li").count() == 0, "hostile", "an empty tile has instances")
            r.check(page.locator("img, main b:not(.item b), main i:not(.progress i), main u, main script").count() == 0, "hostile", "a name became markup")
            page.context.close()

        review(r, h, demo, args.seed)
        version = browser.version
        browser.close()
    if r.wrong:
        sys.exit("\n".join(r.wrong[:60]) + f"\n{len(r.wrong)} things wrong")
    print(f"view opened in Chromium {version}, {r.used} controls used: all well")


main()
