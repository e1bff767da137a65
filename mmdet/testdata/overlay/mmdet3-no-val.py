# Written by hubdata for stage no-val: change the recipe, not this file.
_base_ = '/recipes/configs é, {x} \'y\'/base.py'
default_hooks = {
    'checkpoint': {
        'type': 'CheckpointHook',
        'interval': 1,
        'max_keep_ckpts': 1,
        'save_best': None,
    },
}
load_from = 'https://x.org/y.pth'
resume = False
train_dataloader = {
    'dataset': {
        'ann_file': '/recipes/data é, {x} \'y\'/t.json',
        'data_prefix': {
            'img': '/recipes/tiles é, {x} \'y\'',
        },
        'data_root': '',
        'filter_cfg': {
            'filter_empty_gt': True,
            'min_size': 32,
        },
        'metainfo': {
            'classes': ('blood_vessel', 'glomerulus'),
        },
    },
}
val_cfg = None
val_dataloader = None
val_evaluator = None
work_dir = '/recipes/work_dirs/no-val'
