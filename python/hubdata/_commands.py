"""The commands as functions. Made from their help by make docs: see generate.py."""

from __future__ import annotations

from typing import Any, Dict, List, Optional, Tuple

from ._call import call
from ._summary import (
    Check,
    Conversion,
    Demo,
    EncodedSubmission,
    Evaluation,
    Filtered,
    FoldSets,
    Merged,
    Picture,
    PseudoLabels,
    Report,
    Stats,
    Submission,
    SubmissionCheck,
    SubmissionScore,
    Summary,
    Tuning,
    Verification,
    Version,
)
from ._values import Duration, Input, Pairs, StrPath, Values, seconds

__all__ = [
    "check",
    "convert",
    "demo",
    "eval",
    "export",
    "filter",
    "folds",
    "import_",
    "merge",
    "pseudo",
    "report",
    "show",
    "stats",
    "stitch",
    "submission_check",
    "submission_decode",
    "submission_encode",
    "submission_score",
    "tile",
    "train_check",
    "train_pick",
    "train_plan",
    "train_status",
    "train_submit",
    "tune",
    "verify",
    "version",
]


def convert(
    folder: Optional[StrPath] = None,
    *,
    fill: Optional[Values] = None,
    rings: Optional[Values] = None,
    drop_duplicates: Optional[bool] = None,
    min_area: Optional[int] = None,
    dataset: Optional[Values] = None,
    wsi: Optional[Values] = None,
    class_: Optional[Values] = None,
    segmentation: Optional[Values] = None,
    image_id: Optional[Values] = None,
    category_start: Optional[int] = None,
    tile_size: Optional[Values] = None,
    polygons: Optional[StrPath] = None,
    tile_meta: Optional[StrPath] = None,
    keep_going: Optional[bool] = None,
    max_line: Optional[int] = None,
    workers: Optional[int] = None,
    force: Optional[bool] = None,
    per: Optional[Values] = None,
    out: Optional[StrPath] = None,
) -> Conversion:
    """Turn HuBMAP outlines into COCO files.

    Runs "hubdata convert [DIR]"; hubdata convert --help says more.

    Args:
        fill: rasterisation RULE of outlines: opencv, coco or center (default: opencv).
        rings: WHICH rings of an outline to use: all, or first, as the winner did (default: all).
        drop_duplicates: keep one of several equal masks of a class on a tile.
        min_area: drop masks of fewer than N pixels (default: 0).
        dataset: take tiles, or of dataset 3 lists of images, of the datasets LIST, as in 1,2 (default: 1,2).
        wsi: take tiles of the whole-slide images LIST, as in 1,2 or 6-9 or <8 (default: all).
        class_: keep instances of the class NAME; repeatable, or several with commas; all: every class (default:
            blood_vessel).
        segmentation: FORM of masks: rle (compressed), counts (as the winner used) or polygon (default: rle).
        image_id: KIND of image ids: int, the tile's row in tile_meta.csv, from 1; or tile, its name of 12 hex
            digits (default: int).
        category_start: ID of the first class; 0 gives the winner's ids (default: 1).
        tile_size: edge of the tiles: N pixels, or image to read the header of each file in train/ (default:
            512).
        polygons: read outlines from FILE; - is standard input (default: polygons.jsonl in DIR).
        tile_meta: look up tiles in the table FILE, such as tile_meta.csv (default: the one in DIR).
        keep_going: skip bad lines, list them, and exit with 4.
        max_line: refuse lines of more than N bytes (default: 16777216).
        workers: run N workers in parallel; the result does not depend on it (default: CPU count).
        force: overwrite files that hubdata did not write.
        per: write a file for each UNIT: tier, wsi, tier,wsi or none (one set, with -o FILE) (default:
            tier,wsi).
        out: write into the folder OUT, or with --per none to the file; - is standard output (default:
            DIR/coco_data/coco).
    """
    arguments: List[Tuple[str, Any]] = [("folder", folder)]
    flags: Dict[str, Any] = {
        "--fill": fill,
        "--rings": rings,
        "--drop-duplicates": drop_duplicates,
        "--min-area": min_area,
        "--dataset": dataset,
        "--wsi": wsi,
        "--class": class_,
        "--segmentation": segmentation,
        "--image-id": image_id,
        "--category-start": category_start,
        "--tile-size": tile_size,
        "--polygons": polygons,
        "--tile-meta": tile_meta,
        "--keep-going": keep_going,
        "--max-line": max_line,
        "--workers": workers,
        "--force": force,
        "--per": per,
        "--out": out,
    }
    return call(Conversion, ["convert"], arguments, flags, ["--class"])


def folds(
    folder: Optional[StrPath] = None,
    *,
    k: Optional[int] = None,
    method: Optional[Values] = None,
    stratify: Optional[Values] = None,
    group: Optional[Values] = None,
    table: Optional[StrPath] = None,
    audit_by: Optional[Values] = None,
    seed: Optional[int] = None,
    no_shuffle: Optional[bool] = None,
    always_train: Optional[Values] = None,
    buffer: Optional[int] = None,
    fold: Optional[int] = None,
    full: Optional[bool] = None,
    from_: Optional[StrPath] = None,
    audit: Optional[StrPath] = None,
    compare_images: Optional[bool] = None,
    image_dir: Optional[StrPath] = None,
    coco: Optional[StrPath] = None,
    out: Optional[StrPath] = None,
    fill: Optional[Values] = None,
    rings: Optional[Values] = None,
    drop_duplicates: Optional[bool] = None,
    min_area: Optional[int] = None,
    dataset: Optional[Values] = None,
    wsi: Optional[Values] = None,
    class_: Optional[Values] = None,
    segmentation: Optional[Values] = None,
    image_id: Optional[Values] = None,
    category_start: Optional[int] = None,
    tile_size: Optional[Values] = None,
    polygons: Optional[StrPath] = None,
    tile_meta: Optional[StrPath] = None,
    keep_going: Optional[bool] = None,
    max_line: Optional[int] = None,
    workers: Optional[int] = None,
    force: Optional[bool] = None,
) -> FoldSets:
    """Divide tiles into folds for cross-validation, and report what they leak.

    Runs "hubdata folds [DIR]"; hubdata folds --help says more.

    Args:
        k: make N folds (default: 5).
        method: divide by METHOD: stratified, kfold, group, stratified-group, iterative, spatial, quantile or
            wsi (default: stratified; with --coco kfold; by --stratify and --group).
        stratify: keep the shares of each value of LABEL equal; repeatable, or with commas (default: wsi).
        group: keep tiles with the same value of LABEL together.
        table: also look FIELD up in the columns of FILE, a CSV with the images' names in file_name, name,
            image, id or its first column.
        audit_by: also look for images of one FIELD on both sides; repeatable, or with commas.
        seed: shuffle with the seed N, 0 to 4294967295 (default: 42).
        no_shuffle: divide in the order of the table.
        always_train: TILES in every training set: a dataset, or some of its slides as in 2:wsi=3,4.
        buffer: leave tiles out of training that are nearer than N slide pixels to a validation tile (default:
            0).
        fold: write only the sets of fold N (default: all).
        full: also write a training set of all tiles, including validation tiles.
        from_: use the folds in FILE (.csv with id and fold, or .json) instead of making folds.
        audit: only report what the folds in FILE leak; write nothing.
        compare_images: also look for duplicate images (in --image-dir); --audit does so unless
            --compare-images=false.
        image_dir: look for duplicate images in DIR (default: DIR/train; with --coco none).
        coco: divide the images of a COCO FILE instead of a folder's tiles.
        out: write into the folder OUT; if the name ends in .csv or .json: only the plan; - prints the plan as
            CSV (default: DIR/coco_data).
        fill: rasterisation RULE of outlines: opencv, coco or center (default: opencv).
        rings: WHICH rings of an outline to use: all, or first, as the winner did (default: all).
        drop_duplicates: keep one of several equal masks of a class on a tile.
        min_area: drop masks of fewer than N pixels (default: 0).
        dataset: divide tiles of the datasets LIST, as in 1,2 (default: 1).
        wsi: take tiles of the whole-slide images LIST, as in 1,2 or 6-9 or <8 (default: all).
        class_: keep instances of the class NAME; repeatable, or several with commas; all: every class (default:
            blood_vessel).
        segmentation: FORM of masks: rle (compressed), counts (as the winner used) or polygon (default: rle).
        image_id: KIND of image ids: int, the tile's row in tile_meta.csv, from 1; or tile, its name of 12 hex
            digits (default: int).
        category_start: ID of the first class; 0 gives the winner's ids (default: 1).
        tile_size: edge of the tiles: N pixels, or image to read the header of each file in train/ (default:
            512).
        polygons: read outlines from FILE; - is standard input (default: polygons.jsonl in DIR).
        tile_meta: look up tiles in the table FILE, such as tile_meta.csv (default: the one in DIR).
        keep_going: skip bad lines, list them, and exit with 4.
        max_line: refuse lines of more than N bytes (default: 16777216).
        workers: run N workers in parallel; the result does not depend on it (default: CPU count).
        force: overwrite files that hubdata did not write.
    """
    arguments: List[Tuple[str, Any]] = [("folder", folder)]
    flags: Dict[str, Any] = {
        "--k": k,
        "--method": method,
        "--stratify": stratify,
        "--group": group,
        "--table": table,
        "--audit-by": audit_by,
        "--seed": seed,
        "--no-shuffle": no_shuffle,
        "--always-train": always_train,
        "--buffer": buffer,
        "--fold": fold,
        "--full": full,
        "--from": from_,
        "--audit": audit,
        "--compare-images": compare_images,
        "--image-dir": image_dir,
        "--coco": coco,
        "--out": out,
        "--fill": fill,
        "--rings": rings,
        "--drop-duplicates": drop_duplicates,
        "--min-area": min_area,
        "--dataset": dataset,
        "--wsi": wsi,
        "--class": class_,
        "--segmentation": segmentation,
        "--image-id": image_id,
        "--category-start": category_start,
        "--tile-size": tile_size,
        "--polygons": polygons,
        "--tile-meta": tile_meta,
        "--keep-going": keep_going,
        "--max-line": max_line,
        "--workers": workers,
        "--force": force,
    }
    return call(FoldSets, ["folds"], arguments, flags, ["--stratify", "--audit-by", "--class"])


def pseudo(
    folder: Optional[StrPath] = None,
    *,
    thr: Optional[Values] = None,
    model: Optional[Pairs] = None,
    weight: Optional[Pairs] = None,
    calibrate: Optional[Pairs] = None,
    preset: Optional[Values] = None,
    tta_nms: Optional[Values] = None,
    fuse: Optional[Values] = None,
    iou: Optional[float] = None,
    skip: Optional[float] = None,
    conf: Optional[Values] = None,
    cluster: Optional[Values] = None,
    vote_rule: Optional[Values] = None,
    vote: Optional[float] = None,
    box_clip: Optional[bool] = None,
    post: Optional[Values] = None,
    rescore: Optional[Values] = None,
    class_above: Optional[Pairs] = None,
    allow_overflow: Optional[bool] = None,
    decay: Optional[Values] = None,
    sigma: Optional[float] = None,
    non_overlap: Optional[bool] = None,
    exclude: Optional[Values] = None,
    ignore_band: Optional[float] = None,
    images: Optional[StrPath] = None,
    merge: Optional[StrPath] = None,
    results: Optional[StrPath] = None,
    shard: Optional[Values] = None,
    drop_empty: Optional[bool] = None,
    out: Optional[StrPath] = None,
    dataset: Optional[Values] = None,
    wsi: Optional[Values] = None,
    class_: Optional[Values] = None,
    segmentation: Optional[Values] = None,
    image_id: Optional[Values] = None,
    category_start: Optional[int] = None,
    tile_size: Optional[Values] = None,
    tile_meta: Optional[StrPath] = None,
    workers: Optional[int] = None,
    force: Optional[bool] = None,
) -> PseudoLabels:
    """Fuse models' predictions into pseudo-labels.

    Runs "hubdata pseudo [DIR]"; hubdata pseudo --help says more.

    Args:
        thr: keep what scores above LIST; several, as in 0.5,0.6, give a set each (default: 0.6).
        model: a model and its files: NAME=FILE[,FILE...]; repeatable (default: each file in DIR/predictions).
        weight: weights of models: NAME=W,... (default: 1 each).
        calibrate: raise the scores of models to powers before anything else: NAME=P,... (default: 1 each).
        preset: preset NAME|FILE for the flags down to --rescore that are not given: default, winner or a file
            of hubdata tune (default: default).
        tta_nms: join what one model predicted several times: [METHOD:][box:|mask:]IOU with METHOD nms, soft-nms
            or soft-nms-linear; or none (default: nms:mask:0.7).
        fuse: fuse by METHOD: wbf, nmw, nms or soft-nms (default: wbf).
        iou: take predictions that overlap by more than IOU for one object (default: 0.6).
        skip: skip predictions that score below SCORE (default: 0.01).
        conf: compute the score of wbf by RULE: avg, max, box_and_model_avg or absent_model_aware_avg (default:
            avg).
        cluster: compare predictions by SHAPE: box or mask (default: box).
        vote_rule: choose the pixels of a fused instance by RULE: weight, count, union, intersection or best
            (default: weight).
        vote: share X of the members (count) or of their weight that must cover a pixel (default: 0.3).
        box_clip: cut masks at the fused box, its corners cut to whole pixels.
        post: change each mask by STEPS: erode|dilate|open|close:SHAPE:RADIUS[:TIMES], fill, largest,
            remove-small:N, min-area:N; or none (default: fill,largest).
        rescore: change scores by RULE once the masks are known: agreement (times the mean IoU with the members'
            masks) or none (default: none).
        class_above: drop instances of a class that do not score above a threshold: NAME=SCORE; repeatable, or
            none.
        allow_overflow: let wbf's scores exceed 1 where a model predicts an object twice.
        decay: lower scores in soft-nms by CURVE: gaussian or linear (default: gaussian).
        sigma: width X of the gaussian decay (default: 0.5).
        non_overlap: give each pixel to the instance with the highest score.
        exclude: drop instances that lie by half or more in the annotations of FILE[:CLASS]; repeatable.
        ignore_band: keep what scores above SCORE but not above --thr as iscrowd 1, which training ignores
            (default: none).
        images: the predictions have the image ids of FILE: a COCO file, or a table like tile_meta.csv, whose
            rows count from 1.
        merge: also write the set merged with the COCO set FILE.
        results: also write all fused instances as COCO results to FILE, with the ids of the predictions.
        shard: fuse only the I/N: the I-th of N ranges of the images, I from 1: --results gets it and its
            manifest, no set is written.
        drop_empty: leave out images without annotations.
        out: write into the folder OUT, or with one --thr to a file; - is standard output (default:
            DIR/coco_data/pseudo_coco).
        dataset: fuse on tiles of the datasets LIST, as in 1,2 (default: 3).
        wsi: take tiles of the whole-slide images LIST, as in 1,2 or 6-9 or <8 (default: all).
        class_: keep instances of the class NAME; repeatable, or several with commas; all: every class (default:
            blood_vessel).
        segmentation: FORM of masks: rle (compressed), counts (as the winner used) or polygon (default: rle).
        image_id: KIND of image ids: int, the tile's row in tile_meta.csv, from 1; or tile, its name of 12 hex
            digits (default: int).
        category_start: ID of the first class; 0 gives the winner's ids (default: 1).
        tile_size: edge of the tiles: N pixels, or image to read the header of each file in train/ (default:
            512).
        tile_meta: look up tiles in the table FILE, such as tile_meta.csv (default: the one in DIR).
        workers: run N workers in parallel; the result does not depend on it (default: CPU count).
        force: overwrite files that hubdata did not write.
    """
    arguments: List[Tuple[str, Any]] = [("folder", folder)]
    flags: Dict[str, Any] = {
        "--thr": thr,
        "--model": model,
        "--weight": weight,
        "--calibrate": calibrate,
        "--preset": preset,
        "--tta-nms": tta_nms,
        "--fuse": fuse,
        "--iou": iou,
        "--skip": skip,
        "--conf": conf,
        "--cluster": cluster,
        "--vote-rule": vote_rule,
        "--vote": vote,
        "--box-clip": box_clip,
        "--post": post,
        "--rescore": rescore,
        "--class-above": class_above,
        "--allow-overflow": allow_overflow,
        "--decay": decay,
        "--sigma": sigma,
        "--non-overlap": non_overlap,
        "--exclude": exclude,
        "--ignore-band": ignore_band,
        "--images": images,
        "--merge": merge,
        "--results": results,
        "--shard": shard,
        "--drop-empty": drop_empty,
        "--out": out,
        "--dataset": dataset,
        "--wsi": wsi,
        "--class": class_,
        "--segmentation": segmentation,
        "--image-id": image_id,
        "--category-start": category_start,
        "--tile-size": tile_size,
        "--tile-meta": tile_meta,
        "--workers": workers,
        "--force": force,
    }
    return call(PseudoLabels, ["pseudo"], arguments, flags, ["--model", "--class-above", "--exclude", "--class"])


def tune(
    *,
    truth: StrPath,
    model: Pairs,
    goal: Optional[Values] = None,
    class_: Optional[Values] = None,
    folds: Optional[StrPath] = None,
    by: Optional[Values] = None,
    table: Optional[StrPath] = None,
    allow_seen: Optional[bool] = None,
    budget: Optional[Values] = None,
    seed: Optional[int] = None,
    samples: Optional[int] = None,
    space: Optional[StrPath] = None,
    show_space: Optional[bool] = None,
    resume: Optional[StrPath] = None,
    images: Optional[StrPath] = None,
    out: Optional[StrPath] = None,
    plot: Optional[StrPath] = None,
    workers: Optional[int] = None,
    force: Optional[bool] = None,
) -> Tuning:
    """Search for fusion settings, judged on tiles that the search has not seen.

    Runs "hubdata tune"; hubdata tune --help says more.

    Args:
        truth: score against the ground truth FILE: COCO, or a HuBMAP folder.
        model: a model and its files: NAME=FILE[,FILE...]; repeatable.
        goal: search for the highest GOAL: hubmap, ap, ap@0.6, f1@SCORE or pseudo-precision@0.9 (the recall at
            that precision) (default: hubmap).
        class_: class NAME of the goal hubmap and of the thresholds (default: blood_vessel, or the only one).
        folds: judge by the folds of FILE (.csv with id and fold, or .json).
        by: keep tiles with equal values in one fold: a LIST of one FIELD, such as wsi.
        table: also look FIELD up in the columns of FILE, a CSV with the images' names in file_name, name,
            image, id or its first column.
        allow_seen: accept predictions of tiles that a model trained on, which are too good.
        budget: try N settings, or search for a time such as 60s (default: 2000).
        seed: draw settings and samples with the seed N (default: 42).
        samples: draw N samples in the bootstrap of the intervals (default: 1000).
        space: try the values in FILE, YAML as --show-space prints it (default: that of --show-space).
        show_space: print the values that are tried, and do nothing else.
        resume: keep the scores of settings in FILE, and continue a search that has some there.
        images: the predictions have, if not GT's, the image ids of FILE: a COCO file, or a table like
            tile_meta.csv, whose rows count from 1.
        out: write the chosen setting to the preset OUT, JSON for "hubdata pseudo --preset".
        plot: draw the best score against settings tried to FILE, .svg or .png.
        workers: run N workers in parallel; the result does not depend on it (default: CPU count).
        force: overwrite files that hubdata did not write.
    """
    arguments: List[Tuple[str, Any]] = []
    flags: Dict[str, Any] = {
        "--truth": truth,
        "--model": model,
        "--goal": goal,
        "--class": class_,
        "--folds": folds,
        "--by": by,
        "--table": table,
        "--allow-seen": allow_seen,
        "--budget": budget,
        "--seed": seed,
        "--samples": samples,
        "--space": space,
        "--show-space": show_space,
        "--resume": resume,
        "--images": images,
        "--out": out,
        "--plot": plot,
        "--workers": workers,
        "--force": force,
    }
    return call(Tuning, ["tune"], arguments, flags, ["--model"])


def eval(
    truth: Input,
    results: Input,
    *more: Input,
    type: Optional[Values] = None,
    iou: Optional[Values] = None,
    max_dets: Optional[Values] = None,
    areas: Optional[Values] = None,
    iou_thrs: Optional[Values] = None,
    rec_thrs: Optional[Values] = None,
    class_agnostic: Optional[bool] = None,
    metric: Optional[Values] = None,
    class_: Optional[Values] = None,
    by: Optional[Values] = None,
    table: Optional[StrPath] = None,
    worst: Optional[int] = None,
    sweep: Optional[bool] = None,
    thr: Optional[Values] = None,
    errors: Optional[bool] = None,
    confusion: Optional[bool] = None,
    confusion_thr: Optional[float] = None,
    stitch: Optional[bool] = None,
    slide_field: Optional[Values] = None,
    x_field: Optional[Values] = None,
    y_field: Optional[Values] = None,
    scale_field: Optional[Values] = None,
    name_pattern: Optional[Values] = None,
    compare: Optional[bool] = None,
    samples: Optional[int] = None,
    seed: Optional[int] = None,
    pr_curve: Optional[StrPath] = None,
    arrays: Optional[StrPath] = None,
    images: Optional[StrPath] = None,
    dataset: Optional[Values] = None,
    wsi: Optional[Values] = None,
    image_id: Optional[Values] = None,
    category_start: Optional[int] = None,
    folds: Optional[StrPath] = None,
    fold: Optional[int] = None,
    partial_out: Optional[StrPath] = None,
    shard: Optional[Values] = None,
    merge: Optional[bool] = None,
    image: Optional[Values] = None,
    images_from: Optional[StrPath] = None,
    exclude_image: Optional[Values] = None,
    where: Optional[Pairs] = None,
    mask_areas: Optional[bool] = None,
    strict_pycocotools: Optional[bool] = None,
    workers: Optional[int] = None,
    force: Optional[bool] = None,
) -> Evaluation:
    """Score detections as pycocotools and the competition do, and explain the mistakes.

    Runs "hubdata eval GT DT [DT...]"; hubdata eval --help says more.

    Args:
        type: compare WHAT: masks (segm), boxes (bbox) or masks and their edges (boundary) (default: segm).
        iou: report AP at each IOU: 0.6 or 0.5,0.75 or 0.5:0.95:0.05; the competition's metric, --sweep,
            --errors, --confusion and --compare use the first (default: 0.6).
        max_dets: limits LIST of detections per image; mmdet is MMDetection's 100,300,1000 (default: 1,10,100).
        areas: area ranges in addition to all: NAME:FROM:TO,... in pixels (default:
            small:0:1024,medium:1024:9216,large:9216:1e10).
        iou_thrs: COCO's grid of IoU thresholds, LIST as of --iou, whose mean is the AP (default:
            0.5:0.95:0.05).
        rec_thrs: COCO's grid of recalls, LIST as of --iou and 0, at which precision is read (default:
            0:1:0.01).
        class_agnostic: ignore classes (useCats=0 of COCOeval), as for proposals: with --max-dets 100,300,1000
            their recall.
        metric: compute METRIC: coco, hubmap, lvis (the rules of LVIS for images annotated for some classes
            only) or all (coco and hubmap) (default: all).
        class_: score instances of the class NAME; repeatable, or several with commas; all: every class
            (default: all).
        by: also score parts: a LIST of tile, fold, category, size, wsi, dataset, or any other FIELD.
        table: also look FIELD up in the columns of FILE, a CSV with the images' names in file_name, name,
            image, id or its first column.
        worst: list the N worst tiles of --by tile; 0: all (default: 20).
        sweep: also report what each score threshold keeps, and whether scores can be trusted.
        thr: score thresholds LIST of --sweep (default: 0.5,0.6).
        errors: also sort false detections and missed instances by what went wrong (TIDE), with the AP gain if
            fixed.
        confusion: also count which class is found as which: a confusion matrix, with missed instances and false
            detections.
        confusion_thr: count detections with a score of SCORE or more in --confusion (default: all).
        stitch: also score whole instances: those that tiles cut are joined on their slides.
        slide_field: the slide's name is the member, folder or column FIELD (default: source_wsi, slide or wsi).
        x_field: the left edge is FIELD (default: i or x).
        y_field: the top edge is FIELD (default: j or y).
        scale_field: the pixels of the slide per pixel of the image are FIELD (default: scale or downsample).
        name_pattern: read the place from names such as PATTERN: {slide}_{x}_{y}, with {col} and {row}, {scale},
            and {*} for any text.
        compare: compare the first DT with each other DT by a paired bootstrap over tiles.
        samples: draw N samples in the bootstrap (default: 1000).
        seed: draw samples with the seed N (default: 42).
        pr_curve: write the curve of precision over recall to FILE: .svg, .png or .csv.
        arrays: write precision, recall and scores of COCOeval.eval to FILE: .npz or .json.
        images: the results have, if not GT's, the image ids of FILE: a COCO file, or a table like
            tile_meta.csv, whose rows count from 1.
        dataset: of a folder GT, take tiles of the datasets LIST, as in 1,2 (default: 1).
        wsi: of a folder GT, take tiles of the whole-slide images LIST, as in 1,2 or 6-9 or <8 (default: all).
        image_id: KIND of image ids of a folder GT: int, the tile's row in tile_meta.csv, from 1; or tile, its
            name of 12 hex digits (default: int).
        category_start: ID of the first class of a folder GT, and of a table of --images (default: 1).
        folds: take tiles by the folds of FILE (.csv with id and fold, or .json).
        fold: score only the validation tiles of fold N (default: all).
        partial_out: write what the images add to a score to FILE, for --merge, in place of the score.
        shard: score only the I/N: the I-th of N ranges of the images, I from 1: with --partial-out.
        merge: the arguments are files of --partial-out: merge them to the score of all their images.
        image: score the image NAME; repeatable.
        images_from: score the images that FILE names, one per line.
        exclude_image: leave out the image NAME; repeatable.
        where: score images whose FIELD has a value: FIELD=VALUE, or several values with commas; repeatable.
        mask_areas: take the areas of results from masks even if there are boxes, as MMDetection does.
        strict_pycocotools: repeat a mistake of pycocotools: ground truth with the id 0 never matches.
        workers: run N workers in parallel; the result does not depend on it (default: CPU count).
        force: overwrite files that hubdata did not write.
    """
    arguments: List[Tuple[str, Any]] = [("truth", truth), ("results", results)]
    arguments += [("results", value) for value in more]
    flags: Dict[str, Any] = {
        "--type": type,
        "--iou": iou,
        "--max-dets": max_dets,
        "--areas": areas,
        "--iou-thrs": iou_thrs,
        "--rec-thrs": rec_thrs,
        "--class-agnostic": class_agnostic,
        "--metric": metric,
        "--class": class_,
        "--by": by,
        "--table": table,
        "--worst": worst,
        "--sweep": sweep,
        "--thr": thr,
        "--errors": errors,
        "--confusion": confusion,
        "--confusion-thr": confusion_thr,
        "--stitch": stitch,
        "--slide-field": slide_field,
        "--x-field": x_field,
        "--y-field": y_field,
        "--scale-field": scale_field,
        "--name-pattern": name_pattern,
        "--compare": compare,
        "--samples": samples,
        "--seed": seed,
        "--pr-curve": pr_curve,
        "--arrays": arrays,
        "--images": images,
        "--dataset": dataset,
        "--wsi": wsi,
        "--image-id": image_id,
        "--category-start": category_start,
        "--folds": folds,
        "--fold": fold,
        "--partial-out": partial_out,
        "--shard": shard,
        "--merge": merge,
        "--image": image,
        "--images-from": images_from,
        "--exclude-image": exclude_image,
        "--where": where,
        "--mask-areas": mask_areas,
        "--strict-pycocotools": strict_pycocotools,
        "--workers": workers,
        "--force": force,
    }
    return call(Evaluation, ["eval"], arguments, flags, ["--class", "--image", "--exclude-image", "--where"])


def train_check(
    recipe: Optional[StrPath] = None,
    *,
    no_images: Optional[bool] = None,
    no_tool: Optional[bool] = None,
) -> Summary:
    """Check a recipe, and its data against MMDetection's rules.

    Runs "hubdata train check [RECIPE]"; hubdata train check --help says more.

    Args:
        no_images: do not check image files.
        no_tool: do not check programs, scripts and packages of Python.
    """
    arguments: List[Tuple[str, Any]] = [("recipe", recipe)]
    flags: Dict[str, Any] = {
        "--no-images": no_images,
        "--no-tool": no_tool,
    }
    return call(Summary, ["train", "check"], arguments, flags)


def train_plan(
    recipe: Optional[StrPath] = None,
) -> Summary:
    """Show the stages of a recipe in order, their configs and command lines.

    Runs "hubdata train plan [RECIPE]"; hubdata train plan --help says more.
    """
    arguments: List[Tuple[str, Any]] = [("recipe", recipe)]
    flags: Dict[str, Any] = {
    }
    return call(Summary, ["train", "plan"], arguments, flags)


def train_status(
    recipe: Optional[StrPath] = None,
    *,
    stage: Optional[Values] = None,
    until: Optional[Values] = None,
    from_: Optional[Values] = None,
    watch: Optional[bool] = None,
    every: Optional[Duration] = None,
) -> Summary:
    """Show how far the stages of a recipe are.

    Runs "hubdata train status [RECIPE]"; hubdata train status --help says more.

    Args:
        stage: only STAGES, separated by commas.
        until: only STAGE and what it needs.
        from_: only STAGE and what needs it.
        watch: repeat until nothing runs and no job is in the queue.
        every: wait TIME between two repetitions of --watch (default: 10s).
    """
    arguments: List[Tuple[str, Any]] = [("recipe", recipe)]
    flags: Dict[str, Any] = {
        "--stage": stage,
        "--until": until,
        "--from": from_,
        "--watch": watch,
        "--every": seconds(every),
    }
    return call(Summary, ["train", "status"], arguments, flags)


def train_pick(
    work_dir: StrPath,
    *,
    pick: Optional[Values] = None,
    metric: Optional[Values] = None,
    recipe: Optional[Values] = None,
    dialect: Optional[Values] = None,
) -> Summary:
    """Choose a checkpoint of a training.

    Runs "hubdata train pick WORK_DIR|LOG"; hubdata train pick --help says more.

    Args:
        pick: choose by RULE: best, last or epoch:N (default: best).
        metric: choose the best epoch by the score METRIC (default: segm_mAP).
        recipe: WORK_DIR is that of a stage of RECIPE.
        dialect: read files of DIALECT: mmdet2 or mmdet3 (default: found in the folder).
    """
    arguments: List[Tuple[str, Any]] = [("work_dir", work_dir)]
    flags: Dict[str, Any] = {
        "--pick": pick,
        "--metric": metric,
        "--recipe": recipe,
        "--dialect": dialect,
    }
    return call(Summary, ["train", "pick"], arguments, flags)


def train_submit(
    recipe: Optional[StrPath] = None,
    *,
    stage: Optional[Values] = None,
    until: Optional[Values] = None,
    from_: Optional[Values] = None,
    dry_run: Optional[bool] = None,
    rerun: Optional[bool] = None,
) -> Summary:
    """Submit the stages of a recipe to Slurm.

    Runs "hubdata train submit [RECIPE]"; hubdata train submit --help says more.

    Args:
        stage: only STAGES, separated by commas.
        until: only STAGE and what it needs.
        from_: only STAGE and what needs it.
        dry_run: only print the command lines.
        rerun: run stale stages again.
    """
    arguments: List[Tuple[str, Any]] = [("recipe", recipe)]
    flags: Dict[str, Any] = {
        "--stage": stage,
        "--until": until,
        "--from": from_,
        "--dry-run": dry_run,
        "--rerun": rerun,
    }
    return call(Summary, ["train", "submit"], arguments, flags)


def check(
    source: Input,
    *,
    for_: Optional[Values] = None,
    severity: Optional[Values] = None,
    ignore: Optional[Values] = None,
    strict: Optional[bool] = None,
    all: Optional[bool] = None,
    image_dir: Optional[StrPath] = None,
    truth: Optional[StrPath] = None,
    tile_meta: Optional[StrPath] = None,
    tiny: Optional[int] = None,
    near: Optional[float] = None,
    max_results: Optional[int] = None,
    fix: Optional[bool] = None,
    out: Optional[StrPath] = None,
    changes: Optional[StrPath] = None,
    sarif: Optional[StrPath] = None,
    workers: Optional[int] = None,
    force: Optional[bool] = None,
) -> Check:
    """Report what is wrong with a COCO file or a HuBMAP folder, and fix it.

    Runs "hubdata check FILE|DIR"; hubdata check --help says more.

    Args:
        for_: say what CONSUMER does with each fault: mmdet2, mmdet3, pycocotools, detectron2, yolo, kaggle,
            torchvision, transformers, rtdetr, rfdetr, sahi, supervision, datumaro, label-studio, cvat.
        severity: list findings of LEVEL or worse: note, warning or error (default: note).
        ignore: ignore CODE; repeatable, or with commas.
        strict: exit with 3 on warnings too.
        all: list up to 10,000 places of each code, not only the first few.
        image_dir: check the image files in DIR too: sizes and duplicates.
        truth: compare results with the images and categories of the ground truth FILE.
        tile_meta: look tiles up in the table FILE, such as tile_meta.csv (default: that of a folder).
        tiny: report masks of fewer than N pixels as tiny (default: 10).
        near: report two masks as nearly equal from IOU on (default: 0.95).
        max_results: report images with more than N results of a category (default: 100).
        fix: write a fixed copy of the file to -o.
        out: write with --fix to the file OUT; - is standard output.
        changes: write the changes of --fix to FILE; .jsonl has one change per line.
        sarif: write SARIF 2.1.0 to FILE; - is standard output.
        workers: run N workers in parallel; the result does not depend on it (default: CPU count).
        force: overwrite files that hubdata did not write.
    """
    arguments: List[Tuple[str, Any]] = [("source", source)]
    flags: Dict[str, Any] = {
        "--for": for_,
        "--severity": severity,
        "--ignore": ignore,
        "--strict": strict,
        "--all": all,
        "--image-dir": image_dir,
        "--truth": truth,
        "--tile-meta": tile_meta,
        "--tiny": tiny,
        "--near": near,
        "--max-results": max_results,
        "--fix": fix,
        "--out": out,
        "--changes": changes,
        "--sarif": sarif,
        "--workers": workers,
        "--force": force,
    }
    return call(Check, ["check"], arguments, flags, ["--ignore"])


def stats(
    source: Input,
    other: Optional[Input] = None,
    *,
    by: Optional[Values] = None,
    measure: Optional[Values] = None,
    table: Optional[StrPath] = None,
    folds: Optional[StrPath] = None,
    dataset: Optional[Values] = None,
    wsi: Optional[Values] = None,
    class_: Optional[Values] = None,
    tile_meta: Optional[StrPath] = None,
    tile_size: Optional[Values] = None,
    images: Optional[StrPath] = None,
    min_score: Optional[float] = None,
    max_score: Optional[float] = None,
    instances: Optional[StrPath] = None,
    workers: Optional[int] = None,
    force: Optional[bool] = None,
) -> Stats:
    """Measure the instances of a set by tier, slide, fold and class, or compare two sets.

    Runs "hubdata stats FILE|DIR [FILE|DIR]"; hubdata stats --help says more.

    Args:
        by: group by a LIST of dataset, wsi, fold, class, or any other FIELD; none: by nothing (default: all
            that the set has).
        measure: show the measure NAME for every group; repeatable, or with commas.
        table: also look FIELD up in the columns of FILE, a CSV with the images' names in file_name, name,
            image, id or its first column.
        folds: group by the folds of FILE (.csv with id and fold, or .json).
        dataset: take tiles of the datasets LIST, as in 1,2.
        wsi: take tiles of the whole-slide images LIST, as in 1,2 or 6-9 or <8 (default: all).
        class_: take instances of the class NAME; repeatable, or several with commas; all: every class (default:
            all).
        tile_meta: look tiles up in the table FILE, such as tile_meta.csv (default: that of a folder).
        tile_size: edge of the tiles: N pixels, or image to read the header of each file in train/ (default:
            512).
        images: of an input that is a list of results: the image ids of FILE: a COCO file, or a table like
            tile_meta.csv, whose rows count from 1.
        min_score: leave out instances with a score below SCORE (default: none).
        max_score: leave out instances with a score above SCORE (default: none).
        instances: write a row for each instance to FILE: .csv, or .jsonl with an object per line.
        workers: run N workers in parallel; the result does not depend on it (default: CPU count).
        force: overwrite files that hubdata did not write.
    """
    arguments: List[Tuple[str, Any]] = [("source", source), ("source", other)]
    flags: Dict[str, Any] = {
        "--by": by,
        "--measure": measure,
        "--table": table,
        "--folds": folds,
        "--dataset": dataset,
        "--wsi": wsi,
        "--class": class_,
        "--tile-meta": tile_meta,
        "--tile-size": tile_size,
        "--images": images,
        "--min-score": min_score,
        "--max-score": max_score,
        "--instances": instances,
        "--workers": workers,
        "--force": force,
    }
    return call(Stats, ["stats"], arguments, flags, ["--measure", "--class"])


def show(
    source: Optional[Input] = None,
    predictions: Optional[Input] = None,
    *,
    out: Optional[StrPath] = None,
    image: Optional[Values] = None,
    images_from: Optional[StrPath] = None,
    random: Optional[int] = None,
    seed: Optional[int] = None,
    worst: Optional[int] = None,
    worst_by: Optional[Values] = None,
    check: Optional[Values] = None,
    all: Optional[bool] = None,
    dataset: Optional[Values] = None,
    wsi: Optional[Values] = None,
    class_: Optional[Values] = None,
    min_score: Optional[float] = None,
    iou: Optional[float] = None,
    color: Optional[Values] = None,
    style: Optional[Values] = None,
    alpha: Optional[float] = None,
    line_width: Optional[float] = None,
    label: Optional[Values] = None,
    beside: Optional[bool] = None,
    grid: Optional[Values] = None,
    zoom: Optional[float] = None,
    crop: Optional[int] = None,
    plain: Optional[bool] = None,
    map: Optional[bool] = None,
    folds: Optional[StrPath] = None,
    image_dir: Optional[StrPath] = None,
    tile_meta: Optional[StrPath] = None,
    images: Optional[StrPath] = None,
    image_id: Optional[Values] = None,
    category_start: Optional[int] = None,
    workers: Optional[int] = None,
    force: Optional[bool] = None,
    where: Optional[Pairs] = None,
    table: Optional[StrPath] = None,
) -> Picture:
    """Draw tiles with outlines and predictions, and maps of slides.

    Runs "hubdata show [FILE|DIR] [PREDICTIONS]"; hubdata show --help says more.

    Args:
        out: write a PNG to OUT, or to the folder OUT/ one per tile (per sheet with --grid); - is standard
            output.
        image: draw the tile NAME, or the image with that id; repeatable.
        images_from: draw the tiles listed in FILE, one per line.
        random: draw N tiles at random (default: 0).
        seed: use N as the seed of --random (default: 42).
        worst: draw the N tiles with the lowest score (default: 0).
        worst_by: rank --worst by SCORE: ap at --iou, or f1 at --iou and --min-score (default: ap).
        check: draw tiles with the finding CODE of "hubdata check", marked; repeatable, or with commas.
        all: draw all tiles.
        dataset: take tiles of the datasets LIST, as in 1,2.
        wsi: take tiles, or alone draw the map of the whole-slide images LIST, as in 1,2 or 6-9 or <8 (default:
            all).
        class_: draw instances of the class NAME; repeatable, or several with commas; all: every class (default:
            all).
        min_score: draw instances that score at least SCORE (default: 0.5 with PREDICTIONS, else all).
        iou: count an outline as found from IOU on (default: 0.6).
        color: color by WHAT: match, class, instance, score, source or agreement; maps by tier, fold, vessels or
            score (default: match with PREDICTIONS, else class; tier, or fold with --folds).
        style: draw instances as STYLE: outline, mask or both (default: outline).
        alpha: fill masks with opacity A, 0 to 1 (default: 0.35).
        line_width: draw outlines PIXELS wide (default: 1.8, thinner on small pictures).
        label: label instances with LIST: score, class, id, iou, source, votes; or none (default: score, if
            there is one).
        beside: draw outlines and predictions on two pictures next to each other.
        grid: draw sheets of CxR tiles, columns and rows: 4x3 (default: by the number of tiles).
        zoom: draw each pixel of a tile as Z pixels (default: by the size of the sheet).
        crop: crop tiles to what is drawn (with --check: to what is marked) and PIXELS around it (default: whole
            tiles).
        plain: draw no captions and no legend.
        map: draw maps of slides.
        folds: color maps by the folds of FILE (.csv with id and fold, or .json).
        image_dir: read images from DIR (default: train/ near the data).
        tile_meta: look tiles up in the table FILE, such as tile_meta.csv (default: that of a folder).
        images: match PREDICTIONS by the image ids of FILE: a COCO file, or a table like tile_meta.csv, whose
            rows count from 1.
        image_id: KIND of image ids of a folder DIR: int, the tile's row in tile_meta.csv, from 1; or tile, its
            name of 12 hex digits (default: int).
        category_start: ID of the first class of a folder DIR, and of a table of --images (default: 1).
        workers: run N workers in parallel; the result does not depend on it (default: CPU count).
        force: overwrite files that hubdata did not write.
        where: take tiles whose FIELD has a value: FIELD=VALUE, or several values with commas; repeatable.
        table: also look FIELD up in the columns of FILE, a CSV with the images' names in file_name, name,
            image, id or its first column.
    """
    arguments: List[Tuple[str, Any]] = [("source", source), ("predictions", predictions)]
    flags: Dict[str, Any] = {
        "--out": out,
        "--image": image,
        "--images-from": images_from,
        "--random": random,
        "--seed": seed,
        "--worst": worst,
        "--worst-by": worst_by,
        "--check": check,
        "--all": all,
        "--dataset": dataset,
        "--wsi": wsi,
        "--class": class_,
        "--min-score": min_score,
        "--iou": iou,
        "--color": color,
        "--style": style,
        "--alpha": alpha,
        "--line-width": line_width,
        "--label": label,
        "--beside": beside,
        "--grid": grid,
        "--zoom": zoom,
        "--crop": crop,
        "--plain": plain,
        "--map": map,
        "--folds": folds,
        "--image-dir": image_dir,
        "--tile-meta": tile_meta,
        "--images": images,
        "--image-id": image_id,
        "--category-start": category_start,
        "--workers": workers,
        "--force": force,
        "--where": where,
        "--table": table,
    }
    return call(Picture, ["show"], arguments, flags, ["--image", "--check", "--class", "--where"])


def report(
    source: Optional[Input] = None,
    *,
    out: Optional[StrPath] = None,
    title: Optional[Values] = None,
    truth: Optional[StrPath] = None,
    predictions: Optional[Values] = None,
    folds: Optional[Values] = None,
    audit_by: Optional[Values] = None,
    table: Optional[StrPath] = None,
    pseudo: Optional[Values] = None,
    image_dir: Optional[StrPath] = None,
    polygons: Optional[StrPath] = None,
    tile_meta: Optional[StrPath] = None,
    without: Optional[Values] = None,
    pictures: Optional[int] = None,
    seed: Optional[int] = None,
    iou: Optional[float] = None,
    workers: Optional[int] = None,
    force: Optional[bool] = None,
) -> Report:
    """Write one HTML file about a dataset: checks, distributions, maps, folds, models, pictures.

    Runs "hubdata report [DIR|FILE]"; hubdata report --help says more.

    Args:
        out: write to the file OUT instead of DIR/report.html; - is standard output.
        title: use TEXT as the title (default: the folder's name).
        truth: score predictions against the ground truth in the COCO FILE, or in datasets 1 and 2 of a HuBMAP
            folder (default: a *truth.json or *_gt.json in DIR).
        predictions: score the COCO results in FILE; repeatable (default: each file in DIR/predictions).
        folds: audit the fold plan in FILE (.csv or .json); repeatable (default: DIR/coco_data/folds*).
        audit_by: also look for images of one FIELD on both sides; repeatable, or with commas.
        table: also look FIELD up in the columns of FILE, a CSV with the images' names in file_name, name,
            image, id or its first column.
        pseudo: show the accounting of the pseudo-labels in FILE; repeatable (default:
            DIR/coco_data/pseudo_coco/pseudo_*).
        image_dir: read images from DIR; none reads no images (default: train/ in the folder).
        polygons: read outlines from FILE (default: polygons.jsonl in DIR).
        tile_meta: look up tiles in the table FILE, such as tile_meta.csv (default: that of the folder).
        without: leave out the section NAME: check, distributions, maps, folds, pseudo, evaluation, tiles,
            files; repeatable, or with commas.
        pictures: draw N tiles of each dataset, and as many of the worst of each model (default: 6).
        seed: choose the tiles of each dataset with the seed N (default: 42).
        iou: count a detection as correct from IOU on, in scores at a single IoU (default: 0.6).
        workers: run N workers in parallel; the result does not depend on it (default: CPU count).
        force: overwrite files that hubdata did not write.
    """
    arguments: List[Tuple[str, Any]] = [("source", source)]
    flags: Dict[str, Any] = {
        "--out": out,
        "--title": title,
        "--truth": truth,
        "--predictions": predictions,
        "--folds": folds,
        "--audit-by": audit_by,
        "--table": table,
        "--pseudo": pseudo,
        "--image-dir": image_dir,
        "--polygons": polygons,
        "--tile-meta": tile_meta,
        "--without": without,
        "--pictures": pictures,
        "--seed": seed,
        "--iou": iou,
        "--workers": workers,
        "--force": force,
    }
    return call(Report, ["report"], arguments, flags, ["--predictions", "--folds", "--audit-by", "--pseudo", "--without"])


def merge(
    *sources: Input,
    out: StrPath,
    renumber_images: Optional[bool] = None,
    renumber_categories: Optional[bool] = None,
    drop_duplicates: Optional[bool] = None,
    name: Optional[Pairs] = None,
    id_map: Optional[StrPath] = None,
    changes: Optional[StrPath] = None,
    manifests: Optional[bool] = None,
    record: Optional[StrPath] = None,
    force: Optional[bool] = None,
) -> Merged:
    """Merge COCO files into one.

    Runs "hubdata merge IN..."; hubdata merge --help says more.

    Args:
        out: write to the file OUT; - is standard output.
        renumber_images: number the images from 1, in the order of the files.
        renumber_categories: give a category whose id is taken the lowest free id from 1.
        drop_duplicates: drop annotations that equal another one in image, category, iscrowd and mask.
        name: NAME=IN: the source of the annotations of IN; repeatable (default: the file's name without
            suffixes).
        id_map: write the old and new ids to FILE.
        changes: apply the changes of FILE to one set.
        manifests: the inputs are manifests of "hubdata pseudo --shard": put the results of all shards together.
        record: with --manifests, also write to FILE how OUT was made, which results have no place for.
        force: overwrite files that hubdata did not write.
    """
    arguments: List[Tuple[str, Any]] = []
    arguments += [("source", value) for value in sources]
    flags: Dict[str, Any] = {
        "--out": out,
        "--renumber-images": renumber_images,
        "--renumber-categories": renumber_categories,
        "--drop-duplicates": drop_duplicates,
        "--name": name,
        "--id-map": id_map,
        "--changes": changes,
        "--manifests": manifests,
        "--record": record,
        "--force": force,
    }
    return call(Merged, ["merge"], arguments, flags, ["--name"])


def filter(
    source: Input,
    *,
    out: StrPath,
    dataset: Optional[Values] = None,
    wsi: Optional[Values] = None,
    tile_meta: Optional[StrPath] = None,
    folds: Optional[StrPath] = None,
    fold: Optional[int] = None,
    part: Optional[Values] = None,
    image: Optional[Values] = None,
    images_from: Optional[StrPath] = None,
    exclude_image: Optional[Values] = None,
    class_: Optional[Values] = None,
    keep_categories: Optional[bool] = None,
    min_score: Optional[float] = None,
    max_score: Optional[float] = None,
    min_area: Optional[float] = None,
    max_area: Optional[float] = None,
    crowd: Optional[Values] = None,
    decisions: Optional[StrPath] = None,
    verdict: Optional[Values] = None,
    drop_empty: Optional[bool] = None,
    renumber: Optional[bool] = None,
    allow_empty: Optional[bool] = None,
    force: Optional[bool] = None,
    where: Optional[Pairs] = None,
    table: Optional[StrPath] = None,
) -> Filtered:
    """Keep a part of a COCO file.

    Runs "hubdata filter IN"; hubdata filter --help says more.

    Args:
        out: write to the file OUT; - is standard output.
        dataset: keep images of the datasets LIST, as in 1,2.
        wsi: keep images of the whole-slide images LIST, as in 1,2 or 6-9 or <8 (default: all).
        tile_meta: look up what images do not say in the table FILE, such as tile_meta.csv.
        folds: keep a part by the folds of FILE (.csv with id and fold, or .json).
        fold: the part is of fold N (default: 0).
        part: keep PART: train, val or test.
        image: keep the image NAME; repeatable.
        images_from: keep the images that FILE names, one per line.
        exclude_image: drop the image NAME; repeatable.
        class_: keep annotations of the class NAME; repeatable, or several with commas; all: every class.
        keep_categories: keep categories that --class does not name.
        min_score: keep annotations with a score of SCORE or more (default: none).
        max_score: keep annotations with a score of SCORE or less (default: none).
        min_area: keep annotations of N pixels or more (default: none).
        max_area: keep annotations of N pixels or less (default: none).
        crowd: WHAT to do with crowd annotations: keep, drop or only (default: keep).
        decisions: keep annotations by the decisions in the log FILE of "hubdata view --decisions".
        verdict: with --decisions, keep those that are WHICH: a list of accepted, rejected, uncertain, undecided
            (default: accepted).
        drop_empty: drop images without a remaining annotation.
        renumber: number images and annotations from 1.
        allow_empty: write the file even if it has no images or annotations.
        force: overwrite files that hubdata did not write.
        where: keep images whose FIELD has a value: FIELD=VALUE, or several values with commas; repeatable.
        table: also look FIELD up in the columns of FILE, a CSV with the images' names in file_name, name,
            image, id or its first column.
    """
    arguments: List[Tuple[str, Any]] = [("source", source)]
    flags: Dict[str, Any] = {
        "--out": out,
        "--dataset": dataset,
        "--wsi": wsi,
        "--tile-meta": tile_meta,
        "--folds": folds,
        "--fold": fold,
        "--part": part,
        "--image": image,
        "--images-from": images_from,
        "--exclude-image": exclude_image,
        "--class": class_,
        "--keep-categories": keep_categories,
        "--min-score": min_score,
        "--max-score": max_score,
        "--min-area": min_area,
        "--max-area": max_area,
        "--crowd": crowd,
        "--decisions": decisions,
        "--verdict": verdict,
        "--drop-empty": drop_empty,
        "--renumber": renumber,
        "--allow-empty": allow_empty,
        "--force": force,
        "--where": where,
        "--table": table,
    }
    return call(Filtered, ["filter"], arguments, flags, ["--image", "--exclude-image", "--class", "--where"])


def export(
    source: Input,
    *,
    to: Values,
    out: StrPath,
    option: Optional[Pairs] = None,
    folds: Optional[StrPath] = None,
    fold: Optional[int] = None,
    split: Optional[Values] = None,
    split_by: Optional[Values] = None,
    dataset: Optional[Values] = None,
    wsi: Optional[Values] = None,
    tile_meta: Optional[StrPath] = None,
    image: Optional[Values] = None,
    images_from: Optional[StrPath] = None,
    exclude_image: Optional[Values] = None,
    class_: Optional[Values] = None,
    min_score: Optional[float] = None,
    max_score: Optional[float] = None,
    min_area: Optional[float] = None,
    max_area: Optional[float] = None,
    crowd: Optional[Values] = None,
    drop_empty: Optional[bool] = None,
    allow_empty: Optional[bool] = None,
    renumber: Optional[bool] = None,
    copy: Optional[Values] = None,
    image_dir: Optional[StrPath] = None,
    bad_images: Optional[Values] = None,
    workers: Optional[int] = None,
    force: Optional[bool] = None,
    where: Optional[Pairs] = None,
    table: Optional[StrPath] = None,
) -> Summary:
    """Write a set in the format of another tool.

    Runs "hubdata export IN"; hubdata export --help says more.

    Args:
        to: write FORMAT.
        out: write to OUT, a folder or a file; - is standard output.
        option: choose NAME=VALUE of the format; repeatable.
        folds: divide by the folds of FILE (.csv with id and fold, or .json).
        fold: validate on fold N (default: none).
        split: all images are of the split NAME.
        split_by: divide by the value of FIELD, as in --where.
        dataset: take images of the datasets LIST, as in 1,2.
        wsi: take images of the whole-slide images LIST, as in 1,2 or 6-9 or <8 (default: all).
        tile_meta: look up what images do not say in the table FILE, such as tile_meta.csv.
        image: take the image NAME; repeatable.
        images_from: take the images that FILE names, one per line.
        exclude_image: drop the image NAME; repeatable.
        class_: keep the class NAME, or rename one with OLD=NEW; repeatable; all: every class.
        min_score: keep annotations with a score of SCORE or more (default: none).
        max_score: keep annotations with a score of SCORE or less (default: none).
        min_area: keep annotations of N pixels or more (default: none).
        max_area: keep annotations of N pixels or less (default: none).
        crowd: WHAT to do with crowd annotations: keep, drop or only (default: keep).
        drop_empty: drop images without a remaining annotation.
        allow_empty: write even if no images or annotations remain.
        renumber: number images and annotations from 1.
        copy: HOW images get into the folder: link (hard, else symbolic, else a copy), copy or none (default:
            link).
        image_dir: read images from DIR (default: train/ near the data).
        bad_images: WHAT to do with images that are missing or of another size: error, drop or keep (default:
            error).
        workers: run N workers in parallel; the result does not depend on it (default: CPU count).
        force: overwrite a file that hubdata did not write, or replace a folder that it did.
        where: take images whose FIELD has a value: FIELD=VALUE, or several values with commas; repeatable.
        table: also look FIELD up in the columns of FILE, a CSV with the images' names in file_name, name,
            image, id or its first column.
    """
    arguments: List[Tuple[str, Any]] = [("source", source)]
    flags: Dict[str, Any] = {
        "--to": to,
        "--out": out,
        "--option": option,
        "--folds": folds,
        "--fold": fold,
        "--split": split,
        "--split-by": split_by,
        "--dataset": dataset,
        "--wsi": wsi,
        "--tile-meta": tile_meta,
        "--image": image,
        "--images-from": images_from,
        "--exclude-image": exclude_image,
        "--class": class_,
        "--min-score": min_score,
        "--max-score": max_score,
        "--min-area": min_area,
        "--max-area": max_area,
        "--crowd": crowd,
        "--drop-empty": drop_empty,
        "--allow-empty": allow_empty,
        "--renumber": renumber,
        "--copy": copy,
        "--image-dir": image_dir,
        "--bad-images": bad_images,
        "--workers": workers,
        "--force": force,
        "--where": where,
        "--table": table,
    }
    return call(Summary, ["export"], arguments, flags, ["--option", "--image", "--exclude-image", "--class", "--where"])


def stitch(
    source: Optional[Input] = None,
    *,
    out: StrPath,
    keep_tiles: Optional[bool] = None,
    images: Optional[StrPath] = None,
    share: Optional[float] = None,
    iou: Optional[float] = None,
    depth: Optional[int] = None,
    score: Optional[Values] = None,
    min_score: Optional[float] = None,
    anew: Optional[bool] = None,
    tile_meta: Optional[StrPath] = None,
    slide_field: Optional[Values] = None,
    x_field: Optional[Values] = None,
    y_field: Optional[Values] = None,
    scale_field: Optional[Values] = None,
    name_pattern: Optional[Values] = None,
    table: Optional[StrPath] = None,
    workers: Optional[int] = None,
    force: Optional[bool] = None,
) -> Summary:
    """Join the instances that tiles cut, on whole slides.

    Runs "hubdata stitch [IN]"; hubdata stitch --help says more.

    Args:
        out: write to the folder OUT, a file for each slide; with --keep-tiles to the file OUT.
        keep_tiles: write the tiles as they were, with the member whole.
        images: the results have the image ids of FILE: a COCO file, or a table like tile_meta.csv, whose rows
            count from 1.
        share: join instances that share SHARE of the smaller (default: 0.5).
        iou: join instances with an IoU of IOU where both are seen (default: 0.15).
        depth: an instance that ends up to N pixels before the border of its tile may go on (default: 2; 4 for
            instances with scores).
        score: the score of joined instances is RULE: area (the mean, weighed by pixels), mean, max or min
            (default: area).
        min_score: leave out instances with a score below SCORE (default: none).
        anew: join by their pixels what has the member whole already.
        tile_meta: look up places, and which tiles nobody labelled, in the table FILE, such as tile_meta.csv.
        slide_field: the slide's name is the member, folder or column FIELD (default: source_wsi, slide or wsi).
        x_field: the left edge is FIELD (default: i or x).
        y_field: the top edge is FIELD (default: j or y).
        scale_field: the pixels of the slide per pixel of the image are FIELD (default: scale or downsample).
        name_pattern: read the place from names such as PATTERN: {slide}_{x}_{y}, with {col} and {row}, {scale},
            and {*} for any text.
        table: also look FIELD up in the columns of FILE, a CSV with the images' names in file_name, name,
            image, id or its first column.
        workers: run N workers in parallel; the result does not depend on it (default: CPU count).
        force: overwrite files that hubdata did not write.
    """
    arguments: List[Tuple[str, Any]] = [("source", source)]
    flags: Dict[str, Any] = {
        "--out": out,
        "--keep-tiles": keep_tiles,
        "--images": images,
        "--share": share,
        "--iou": iou,
        "--depth": depth,
        "--score": score,
        "--min-score": min_score,
        "--anew": anew,
        "--tile-meta": tile_meta,
        "--slide-field": slide_field,
        "--x-field": x_field,
        "--y-field": y_field,
        "--scale-field": scale_field,
        "--name-pattern": name_pattern,
        "--table": table,
        "--workers": workers,
        "--force": force,
    }
    return call(Summary, ["stitch"], arguments, flags)


def import_(
    *sources: Input,
    from_: Optional[Values] = None,
    out: StrPath,
    option: Optional[Pairs] = None,
    classes: Optional[Values] = None,
    class_order: Optional[Values] = None,
    category_start: Optional[int] = None,
    image_dir: Optional[StrPath] = None,
    against: Optional[Values] = None,
    changes: Optional[StrPath] = None,
    force: Optional[bool] = None,
) -> Summary:
    """Read annotations of another tool.

    Runs "hubdata import IN..."; hubdata import --help says more.

    Args:
        from_: read FORMAT (default: the one that is recognised).
        out: write to the file OUT; - is standard output.
        option: choose NAME=VALUE of the format; repeatable.
        classes: the classes by their numbers from 0 are LIST, as in vessel,glomerulus (default: as the files
            say).
        class_order: ORDER of the categories: file, as the files number them; or name (default: file).
        category_start: ID of the first class, where the files give none (default: 1).
        image_dir: read sizes of images that are not next to the annotations from DIR.
        against: the annotations were exported from the COCO file SET: write it with what changed.
        changes: write what changed to FILE.
        force: overwrite files that hubdata did not write.
    """
    arguments: List[Tuple[str, Any]] = []
    arguments += [("source", value) for value in sources]
    flags: Dict[str, Any] = {
        "--from": from_,
        "--out": out,
        "--option": option,
        "--classes": classes,
        "--class-order": class_order,
        "--category-start": category_start,
        "--image-dir": image_dir,
        "--against": against,
        "--changes": changes,
        "--force": force,
    }
    return call(Summary, ["import"], arguments, flags, ["--option"])


def tile(
    *sources: Input,
    out: StrPath,
    size: Optional[Values] = None,
    stride: Optional[int] = None,
    overlap: Optional[int] = None,
    edge: Optional[Values] = None,
    downsample: Optional[int] = None,
    image_dir: Optional[StrPath] = None,
    tiles: Optional[Values] = None,
    pad_with: Optional[Values] = None,
    min_tissue: Optional[float] = None,
    min_labelled: Optional[float] = None,
    min_area: Optional[int] = None,
    min_part: Optional[float] = None,
    drop_empty: Optional[bool] = None,
    segmentation: Optional[Values] = None,
    workers: Optional[int] = None,
    force: Optional[bool] = None,
) -> Summary:
    """Cut slides into tiles.

    Runs "hubdata tile IN..."; hubdata tile --help says more.

    Args:
        out: write to OUT, a folder.
        size: make tiles of N x N pixels, or of WIDTHxHEIGHT (default: 512).
        stride: begin a tile every N pixels (default: the size).
        overlap: let tiles overlap by N pixels (default: 0).
        edge: WHAT becomes of tiles that reach beyond the slide: pad, shift, crop or drop (default: pad).
        downsample: make one pixel of N x N (default: 1).
        image_dir: read the slides from DIR, and write the tiles' images (default: none).
        tiles: cut for tiles whose images exist: those of PATH, a CSV table or a COCO file.
        pad_with: COLOUR beyond the slide: white or black (default: white).
        min_tissue: leave out tiles with a lower SHARE of tissue (default: 0).
        min_labelled: leave out tiles of which a lower SHARE was labelled, with their annotations (default:
            those of which nothing was, if they have no annotations).
        min_area: leave out parts of fewer than N pixels (default: 1).
        min_part: leave out parts with a lower SHARE of the pixels of their instance (default: 0).
        drop_empty: drop tiles without annotations.
        segmentation: FORM of masks: rle (compressed), counts or polygon (default: rle).
        workers: run N workers in parallel; the result does not depend on it (default: CPU count).
        force: replace a folder that hubdata made.
    """
    arguments: List[Tuple[str, Any]] = []
    arguments += [("source", value) for value in sources]
    flags: Dict[str, Any] = {
        "--out": out,
        "--size": size,
        "--stride": stride,
        "--overlap": overlap,
        "--edge": edge,
        "--downsample": downsample,
        "--image-dir": image_dir,
        "--tiles": tiles,
        "--pad-with": pad_with,
        "--min-tissue": min_tissue,
        "--min-labelled": min_labelled,
        "--min-area": min_area,
        "--min-part": min_part,
        "--drop-empty": drop_empty,
        "--segmentation": segmentation,
        "--workers": workers,
        "--force": force,
    }
    return call(Summary, ["tile"], arguments, flags)


def submission_encode(
    results: Input,
    folder: Optional[StrPath] = None,
    *,
    out: Optional[StrPath] = None,
    tiles: Optional[Values] = None,
    tile_size: Optional[Values] = None,
    images: Optional[StrPath] = None,
    category_start: Optional[int] = None,
    min_score: Optional[float] = None,
    top: Optional[int] = None,
    post: Optional[Values] = None,
    dilate: Optional[int] = None,
    record: Optional[StrPath] = None,
    workers: Optional[int] = None,
    force: Optional[bool] = None,
) -> EncodedSubmission:
    """Write predictions as a submission.

    Runs "hubdata submission encode RESULTS [DIR]"; hubdata submission encode --help says more.

    Args:
        out: write to the file OUT; - is standard output (default: submission.csv).
        tiles: the tiles of PATH: a folder of their images, a COCO file, or a table like sample_submission.csv
            or tile_meta.csv (default: the images in DIR/test, else sample_submission.csv in DIR).
        tile_size: edge of the tiles whose size --tiles does not give: N pixels (default: 512).
        images: RESULTS have the image ids of FILE: a COCO file, or a table like tile_meta.csv, whose rows count
            from 1.
        category_start: ID of the first class, unless a COCO file has it (default: 1).
        min_score: keep instances that score SCORE or more (default: none).
        top: keep at most N instances per tile (default: all).
        post: change each mask by STEPS: erode|dilate|open|close:SHAPE:RADIUS[:TIMES], fill, largest,
            remove-small:N, min-area:N; or none (default: none).
        dilate: grow each mask N times by the 3 x 3 cross (default: 0).
        record: also write to FILE how OUT was made, which a submission has no place for.
        workers: run N workers in parallel; the result does not depend on it (default: CPU count).
        force: overwrite files that hubdata did not write.
    """
    arguments: List[Tuple[str, Any]] = [("results", results), ("folder", folder)]
    flags: Dict[str, Any] = {
        "--out": out,
        "--tiles": tiles,
        "--tile-size": tile_size,
        "--images": images,
        "--category-start": category_start,
        "--min-score": min_score,
        "--top": top,
        "--post": post,
        "--dilate": dilate,
        "--record": record,
        "--workers": workers,
        "--force": force,
    }
    return call(EncodedSubmission, ["submission", "encode"], arguments, flags)


def submission_decode(
    submission: StrPath,
    *,
    out: StrPath,
    images: Optional[StrPath] = None,
    category_start: Optional[int] = None,
    force: Optional[bool] = None,
) -> Submission:
    """Write a submission as COCO results.

    Runs "hubdata submission decode SUBMISSION"; hubdata submission decode --help says more.

    Args:
        out: write to the file OUT; - is standard output.
        images: write the image ids of FILE: a COCO file, or a table like tile_meta.csv, whose rows count from
            1.
        category_start: ID of the first class, unless a COCO file has it (default: 1).
        force: overwrite files that hubdata did not write.
    """
    arguments: List[Tuple[str, Any]] = [("submission", submission)]
    flags: Dict[str, Any] = {
        "--out": out,
        "--images": images,
        "--category-start": category_start,
        "--force": force,
    }
    return call(Submission, ["submission", "decode"], arguments, flags)


def submission_check(
    submission: StrPath,
    *,
    tiles: Optional[Values] = None,
    tile_size: Optional[Values] = None,
) -> SubmissionCheck:
    """List everything that is wrong with a submission.

    Runs "hubdata submission check SUBMISSION"; hubdata submission check --help says more.

    Args:
        tiles: the tiles of PATH: a folder of their images, a COCO file, or a table like sample_submission.csv
            or tile_meta.csv (default: any tiles).
        tile_size: edge of the tiles whose size --tiles does not give: N pixels (default: 512).
    """
    arguments: List[Tuple[str, Any]] = [("submission", submission)]
    flags: Dict[str, Any] = {
        "--tiles": tiles,
        "--tile-size": tile_size,
    }
    return call(SubmissionCheck, ["submission", "check"], arguments, flags)


def submission_score(
    submission: StrPath,
    truth: Input,
    *,
    iou: Optional[float] = None,
    class_: Optional[Values] = None,
) -> SubmissionScore:
    """Compute the competition's metric for a submission.

    Runs "hubdata submission score SUBMISSION GT"; hubdata submission score --help says more.

    Args:
        iou: match detections that overlap by IOU or more (default: 0.6).
        class_: score instances of the class NAME (default: blood_vessel).
    """
    arguments: List[Tuple[str, Any]] = [("submission", submission), ("truth", truth)]
    flags: Dict[str, Any] = {
        "--iou": iou,
        "--class": class_,
    }
    return call(SubmissionScore, ["submission", "score"], arguments, flags)


def verify(
    source: Input,
    *,
    search: Optional[Values] = None,
    rederive: Optional[bool] = None,
    graph: Optional[bool] = None,
    out: Optional[StrPath] = None,
    force: Optional[bool] = None,
) -> Verification:
    """Compare files with what they say of how they were made.

    Runs "hubdata verify FILE|DIR"; hubdata verify --help says more.

    Args:
        search: look for inputs below DIR too; repeatable.
        rederive: run the recorded commands again, and compare the bytes.
        graph: print what was made from what, instead of a table.
        out: write the graph as SVG to the file OUT; - is standard output.
        force: overwrite files that hubdata did not write.
    """
    arguments: List[Tuple[str, Any]] = [("source", source)]
    flags: Dict[str, Any] = {
        "--search": search,
        "--rederive": rederive,
        "--graph": graph,
        "--out": out,
        "--force": force,
    }
    return call(Verification, ["verify"], arguments, flags, ["--search"])


def demo(
    folder: Optional[StrPath] = None,
    *,
    scale: Optional[Values] = None,
    seed: Optional[int] = None,
    predictions: Optional[int] = None,
    draw: Optional[bool] = None,
    no_convert: Optional[bool] = None,
    force: Optional[bool] = None,
) -> Demo:
    """Make a small synthetic dataset to try things on, and convert it.

    Runs "hubdata demo [DIR]"; hubdata demo --help says more.

    Args:
        scale: make data of SIZE small or full (default: small).
        seed: seed N: another one makes other data (default: 1).
        predictions: make N detections per tile and model (default: 20; 100 with --scale full).
        draw: draw the images with --scale full too: of the 1,633 tiles with outlines and of dataset 3.
        no_convert: make the folder, but do not convert it.
        force: write into a folder that holds other files.
    """
    arguments: List[Tuple[str, Any]] = [("folder", folder)]
    flags: Dict[str, Any] = {
        "--scale": scale,
        "--seed": seed,
        "--predictions": predictions,
        "--draw": draw,
        "--no-convert": no_convert,
        "--force": force,
    }
    return call(Demo, ["demo"], arguments, flags)


def version(
    *,
    licenses: Optional[bool] = None,
    sbom: Optional[bool] = None,
) -> Version:
    """Print the version and the commit.

    Runs "hubdata version"; hubdata version --help says more.

    Args:
        licenses: print the licences of what the program is made of.
        sbom: print the bill of materials as CycloneDX JSON.
    """
    arguments: List[Tuple[str, Any]] = []
    flags: Dict[str, Any] = {
        "--licenses": licenses,
        "--sbom": sbom,
    }
    return call(Version, ["version"], arguments, flags)
