# Written by hubdata for stage infer-scales: change the recipe, not this file.
_base_ = '/recipes/configs é, {x} \'y\'/base.py'
data = {
    'test': {
        'ann_file': '/recipes/data é, {x} \'y\'/ds3.json',
        'classes': ('blood_vessel', 'glomerulus'),
        'img_prefix': '/recipes/tiles é, {x} \'y\'',
        'pipeline': [
            {
                'type': 'LoadImageFromFile',
            },
            {
                'type': 'MultiScaleFlipAug',
                'flip': True,
                'flip_direction': ['horizontal', 'vertical'],
                'img_scale': (1280, 1280),
                'transforms': [
                    {
                        'type': 'Resize',
                        'keep_ratio': True,
                    },
                    {
                        'type': 'RandomFlip',
                    },
                    {
                        'type': 'Normalize',
                        'mean': [123.675, 116.28, 103.53],
                        'std': [58.395, 57.12, 57.375],
                        'to_rgb': True,
                    },
                    {
                        'type': 'Pad',
                        'size_divisor': 32,
                    },
                    {
                        'type': 'ImageToTensor',
                        'keys': ['img'],
                    },
                    {
                        'type': 'Collect',
                        'keys': ['img'],
                    },
                ],
            },
        ],
    },
}
model = {
    'test_cfg': {
        'rcnn': {
            'score_thr': 0.001,
        },
    },
}
work_dir = '/recipes/work_dirs/infer-scales'
