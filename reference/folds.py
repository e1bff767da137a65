"""Writes golden files for package folds with the results of scikit-learn,
iterative-stratification and numpy's RandomState.

    python reference/folds.py --out DIR [--seed N] [--count N]

DIR/folds.jsonl.gz holds a header line with the versions, then one line per case:
the method, its arguments, and the fold of every sample, or the sizes of the
sets, or the kind of error, and the kinds of warnings. DIR/randomstate.jsonl.gz
holds words, bounded integers and permutations by seed. The files committed
under folds/testdata/golden were written with the default arguments.
"""

import argparse
import gzip
import json
import os
import platform
import random
import warnings
from importlib.metadata import version

import numpy as np
import sklearn
from iterstrat.ml_stratifiers import MultilabelStratifiedKFold
from sklearn.model_selection import (GroupKFold, KFold, LeaveOneGroupOut, ShuffleSplit, StratifiedGroupKFold,
                                     StratifiedKFold, train_test_split)

ERRORS = [  # text of the message, and its name in folds
    ("setting n_splits=2 or more", "splits"),
    ("greater than the number of samples", "samples"),
    ("greater than the number of groups", "groups"),
    ("number of members in each class", "classes"),
    ("LeaveOneGroupOut expects at least 2", "groups"),
    ("have only 1 member", "classes"),
    ("test_size", "holdout"),
    ("train_size", "holdout"),
]
WARNINGS = [("least populated class", "small")]


def kind(table, text):
    for part, name in table:
        if part in " ".join(text.split()):
            return name
    raise SystemExit(f"unknown message: {text}")


def seed_of(rng):
    return rng.choice([0, 1, 42, 2**32 - 1, rng.randrange(2**32)])


def labels(rng, n, most):
    """n labels of at most `most` kinds, evenly, unevenly or with rare ones."""
    kinds = rng.randint(1, most)
    how = rng.randrange(3)
    if how == 0:
        picks = [rng.randrange(kinds) for _ in range(n)]
    elif how == 1:
        picks = [min(int(rng.expovariate(1) * kinds / 3), kinds - 1) for _ in range(n)]
    else:
        picks = [i * kinds // max(n, 1) for i in range(n)]
    if rng.random() < 0.5:
        rng.shuffle(picks)
    names = rng.sample(range(-50, 1000), kinds)
    if rng.random() < 0.4:
        return [f"c{names[p]}" for p in picks]
    return [names[p] for p in picks]


def folds_of(splitter, n, y=None, groups=None):
    fold = [-1] * n
    for f, (_, test) in enumerate(splitter.split(np.zeros(n), y, groups)):
        for i in test:
            assert fold[i] == -1
            fold[i] = f
    return fold


def holdout(rng, n):
    size = {}
    for key in ("test_size", "train_size"):
        how = rng.randrange(4)
        if how == 0:
            size[key] = rng.choice([0.1, 0.2, 0.25, 0.33, 0.5, 0.9, rng.random()])
        elif how == 1:
            size[key] = rng.randint(1, max(1, n))
    return size


def case(rng):
    method = rng.choice(["kfold", "stratified", "group", "stratified_group", "stratified_group", "one_out", "shuffle_split",
                         "train_test", "train_test", "iterative", "iterative"])
    n = rng.choice([rng.randint(1, 12), rng.randint(1, 60), rng.randint(20, 300)])
    k = rng.choice([rng.randint(1, 4), rng.randint(2, 12)])
    shuffle, seed = rng.random() < 0.7, seed_of(rng)
    c = {"method": method, "n": n, "k": k, "shuffle": shuffle, "seed": seed}
    how = {"shuffle": shuffle, "random_state": seed if shuffle else None}
    many = rng.choice([3, 3, 6, 12, 40, 200])
    if method in ("stratified", "stratified_group"):
        c["y"] = labels(rng, n, min(many, n))
    if method in ("group", "stratified_group", "one_out"):
        c["groups"] = labels(rng, n, min(rng.choice([4, 10, 40, n]), n))
    try:
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            if method == "kfold":
                c["fold"] = folds_of(KFold(k, **how), n)
            elif method == "stratified":
                c["fold"] = folds_of(StratifiedKFold(k, **how), n, c["y"])
            elif method == "group":
                c["fold"] = folds_of(GroupKFold(k, **how), n, None, c["groups"])
            elif method == "stratified_group":
                c["fold"] = folds_of(StratifiedGroupKFold(k, **how), n, c["y"], c["groups"])
            elif method == "one_out":
                c["fold"] = folds_of(LeaveOneGroupOut(), n, None, c["groups"])
            elif method == "shuffle_split":
                c["size"] = holdout(rng, n)
                c["k"] = rng.randint(1, 4)
                splits = ShuffleSplit(c["k"], random_state=seed, **c["size"]).split(np.zeros(n))
                c["splits"] = [[a.tolist(), b.tolist()] for a, b in splits]
            elif method == "train_test":
                c["size"] = holdout(rng, n)
                if shuffle and rng.random() < 0.6:
                    c["y"] = labels(rng, n, min(rng.choice([2, 4, 9]), n))
                train, test = train_test_split(np.arange(n), shuffle=shuffle, stratify=c.get("y"),
                                               random_state=seed if shuffle else None, **c["size"])
                c["splits"] = [[train.tolist(), test.tolist()]]
            elif method == "iterative":
                n = c["n"] = max(n, k, 4)
                k = c["k"] = max(k, 2)
                kinds = rng.randint(2, 9)
                share = rng.random()
                matrix = np.array([[rng.random() < share for _ in range(kinds)] for _ in range(n)])
                # The seed is used even without shuffling.
                splitter = MultilabelStratifiedKFold(k, shuffle=shuffle, random_state=seed if shuffle else None)
                splitter.random_state = seed
                c["labels"] = [np.flatnonzero(row).tolist() for row in matrix]
                fold = splitter._make_test_folds(np.zeros(n), matrix)
                c["fold"] = fold.tolist()
        c["warnings"] = sorted({kind(WARNINGS, str(w.message)) for w in caught})
    except ValueError as e:
        c["error"] = kind(ERRORS, str(e))
    return c


def write(path, header, cases):
    with open(path, "wb") as f, gzip.GzipFile(fileobj=f, mode="wb", mtime=0, filename="") as z:
        for line in [header, *cases]:
            z.write(json.dumps(line, separators=(",", ":")).encode() + b"\n")


def draws(rng):
    for seed in [0, 1, 42, 2**32 - 1] + [rng.randrange(2**32) for _ in range(20)]:
        c = {"seed": seed}
        s = np.random.RandomState(seed)
        c["words"] = s.randint(0, 2**32, 700, dtype=np.uint32).tolist()
        most = [0, 1, 2, 3, 4, 7, 8, 9, 2**31 - 1, 2**31, 2**32 - 2, 2**32 - 1] + [rng.randrange(2**rng.randint(1, 32)) for _ in range(200)]
        s = np.random.RandomState(seed)
        c["most"] = most
        c["bounded"] = [int(s.randint(0, m + 1, dtype=np.int64)) for m in most]
        c["perms"] = []
        s = np.random.RandomState(seed)
        for n in [0, 1, 2, 3, 10, 100, 257]:
            c["perms"].append(s.permutation(n).tolist())
        yield c


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", required=True)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--count", type=int, default=1500)
    args = parser.parse_args()
    rng = random.Random(args.seed)
    header = {"scikit-learn": sklearn.__version__, "iterative-stratification": version("iterative-stratification"),
              "numpy": np.__version__, "python": platform.python_version(), "seed": args.seed, "count": args.count}
    os.makedirs(args.out, exist_ok=True)
    write(os.path.join(args.out, "folds.jsonl.gz"), header, [case(rng) for _ in range(args.count)])
    write(os.path.join(args.out, "randomstate.jsonl.gz"), header, list(draws(rng)))


if __name__ == "__main__":
    main()
