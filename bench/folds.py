"""Writes a COCO file of N images with seven box annotations each, to measure
`hubdata folds --coco`: python bench/folds.py FILE N"""

import sys

path, n = sys.argv[1], int(sys.argv[2])
with open(path, "w") as f:
    f.write('{"info":{},"licenses":[],"images":[')
    for i in range(n):
        f.write(("," if i else "") + f'\n{{"id":{i + 1},"file_name":"{i:012d}.jpg","height":512,"width":512,"patient":"p{i * 7919 % 5003}"}}')
    f.write('],"annotations":[')
    for i in range(7 * n):
        f.write(("," if i else "") + f'\n{{"id":{i + 1},"image_id":{i // 7 + 1},"category_id":1,"bbox":[{i % 400},{i % 300},20,30],"area":600,"iscrowd":0,"segmentation":[]}}')
    f.write('],"categories":[{"id":1,"name":"cell"}]}\n')
