# Written by hubdata for stage infer: change the recipe, not this file.
_base_ = '/recipes/configs é, {x} \'y\'/base.py'
data = {
    'test': {
        'ann_file': '/recipes/data é, {x} \'y\'/ds3.json',
        'classes': ('blood_vessel', 'glomerulus'),
        'img_prefix': '/recipes/tiles é, {x} \'y\'',
    },
}
work_dir = '/recipes/work_dirs/infer'
