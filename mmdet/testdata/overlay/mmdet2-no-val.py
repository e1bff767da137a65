# Written by hubdata for stage no-val: change the recipe, not this file.
_base_ = '/recipes/configs é, {x} \'y\'/base.py'
checkpoint_config = {
    'interval': 1,
    'max_keep_ckpts': 1,
}
data = {
    'train': {
        'ann_file': '/recipes/data é, {x} \'y\'/t.json',
        'classes': ('blood_vessel', 'glomerulus'),
        'img_prefix': '/recipes/tiles é, {x} \'y\'',
    },
}
load_from = 'https://x.org/y.pth'
resume_from = None
work_dir = '/recipes/work_dirs/no-val'
