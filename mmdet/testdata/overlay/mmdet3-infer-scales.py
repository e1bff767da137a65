# Written by hubdata for stage infer-scales: change the recipe, not this file.
_base_ = '/recipes/configs é, {x} \'y\'/base.py'
model = {
    'test_cfg': {
        'rcnn': {
            'score_thr': 0.001,
        },
    },
}
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
        'pipeline': [
            {
                'type': 'LoadImageFromFile',
            },
            {
                'type': 'Resize',
                'keep_ratio': True,
                'scale': (1280, 1280),
            },
            {
                'type': 'PackDetInputs',
                'meta_keys': ('img_id', 'img_path', 'ori_shape', 'img_shape', 'scale_factor'),
            },
        ],
    },
}
test_evaluator = {
    'type': 'CocoMetric',
    '_delete_': True,
    'ann_file': '/recipes/data é, {x} \'y\'/ds3.json',
    'format_only': True,
    'metric': ['bbox', 'segm'],
    'outfile_prefix': '/recipes/work_dirs/infer-scales/results_1280',
}
work_dir = '/recipes/work_dirs/infer-scales'
