# Written by hubdata for stage infer: change the recipe, not this file.
_base_ = '/recipes/configs é, {x} \'y\'/base.py'
test_dataloader = {
    'dataset': {
        'ann_file': '/recipes/data é, {x} \'y\'/ds3.json',
        'data_prefix': {
            'img': '/recipes/tiles é, {x} \'y\'',
        },
        'data_root': '',
        'metainfo': {
            'classes': ('blood_vessel', 'glomerulus'),
        },
    },
}
test_evaluator = {
    'type': 'CocoMetric',
    '_delete_': True,
    'ann_file': '/recipes/data é, {x} \'y\'/ds3.json',
    'format_only': True,
    'metric': ['bbox', 'segm'],
    'outfile_prefix': '/recipes/work_dirs/infer/results',
}
work_dir = '/recipes/work_dirs/infer'
