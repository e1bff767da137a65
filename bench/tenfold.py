"""Makes a folder ten times as long: python bench/tenfold.py FROM TO
Each tile and its line stand there ten times under other names."""
import os
import sys

src, dst = sys.argv[1:]
os.makedirs(dst, exist_ok=True)
with open(f"{src}/tile_meta.csv") as f, open(f"{dst}/tile_meta.csv", "w") as g:
    header, *rows = f.read().splitlines()
    g.write(header + "\n")
    for k in range(10):
        g.writelines(f"{k:02x}{row[2:]}\n" for row in rows)
with open(f"{dst}/polygons.jsonl", "w") as g:
    for k in range(10):
        with open(f"{src}/polygons.jsonl") as f:
            for line in f:
                assert line.startswith('{"id": "')
                g.write(f'{{"id": "{k:02x}{line[10:]}')
