# Written by hubdata for stage plain: change the recipe, not this file.
_base_ = '/recipes/configs é, {x} \'y\'/base.py'
checkpoint_config = {
    'interval': 1,
    'max_keep_ckpts': 2,
}
data = {
    'test': {
        'ann_file': '/recipes/data é, {x} \'y\'/v.json',
        'classes': ('blood_vessel', 'glomerulus'),
        'img_prefix': '/other/v',
    },
    'train': {
        'ann_file': '/recipes/data é, {x} \'y\'/t.json',
        'classes': ('blood_vessel', 'glomerulus'),
        'img_prefix': '/recipes/tiles é, {x} \'y\'',
    },
    'val': {
        'ann_file': '/recipes/data é, {x} \'y\'/v.json',
        'classes': ('blood_vessel', 'glomerulus'),
        'img_prefix': '/other/v',
    },
}
evaluation = {
    'metric': ['segm'],
    'save_best': 'segm_mAP',
}
resume_from = None
work_dir = '/recipes/work_dirs/plain'
