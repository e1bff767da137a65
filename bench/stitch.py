"""The section stitch of bench/peers.py: hubdata stitch next to what others do with annotations of tiles on their slides,
and how many instances each of them finds there."""
import glob
import json

import measure


def measured(b):
    """Measures the instances of both labelled datasets of the full demo."""
    out = b.folder("stitch")
    source = f"{out}/set.json"
    measure.Run([b.hubdata, "convert", "--dataset", "1,2", "--class", "all", "--per", "none", "--segmentation", "polygon", "--quiet", "-o", source, b.full])
    with open(source) as f:
        tiles = json.load(f)
    name = f"{len(tiles['annotations']):,} outlines on {len(tiles['images']):,} tiles"
    tools = {"hubdata": [b.hubdata, "stitch", "--quiet", "--force", "-o", f"{out}/own", source]}
    for tool, work in (("shapely", "shapely-union"), ("sahi", "sahi-merge")):
        if b.has(tool, "slides"):
            tools[peer_name(tool)] = b.ref("stitch_ref.py", work, source, f"{out}/{tool}.json", venv="slides")
        else:
            b.skip(f"stitch: {tool} is not installed")

    def agree(tool, _):
        own = sum(len(instances(p)) for p in glob.glob(f"{out}/own/*.json"))
        peer = len(instances(f"{out}/{tool.split()[0]}.json"))
        return "" if own == peer else f"{peer:,} instances, hubdata {own:,}"

    b.compare("stitch", f"instances of tiles to whole ones on slides, {name}", tools, {"hubdata": 7, "*": 1}, agree)


def peer_name(tool):
    return {"shapely": "shapely (make_valid, unary_union)", "sahi": "sahi (GreedyNMMPostprocess)"}[tool]


def instances(path):
    with open(path) as f:
        return json.load(f)["annotations"]
