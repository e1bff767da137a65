# Written by hubdata for stage plain: change the recipe, not this file.
_base_ = '/recipes/configs é, {x} \'y\'/base.py'
default_hooks = {
    'checkpoint': {
        'type': 'CheckpointHook',
        'interval': 1,
        'max_keep_ckpts': 2,
        'rule': 'greater',
        'save_best': 'coco/segm_mAP',
    },
}
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
val_dataloader = {
    'dataset': {
        'ann_file': '/recipes/data é, {x} \'y\'/v.json',
        'data_prefix': {
            'img': '/other/v',
        },
        'data_root': '',
        'metainfo': {
            'classes': ('blood_vessel', 'glomerulus'),
        },
    },
}
val_evaluator = {
    'ann_file': '/recipes/data é, {x} \'y\'/v.json',
    'metric': ['bbox', 'segm'],
}
work_dir = '/recipes/work_dirs/plain'
