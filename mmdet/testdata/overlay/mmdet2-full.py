# Written by hubdata for stage full: change the recipe, not this file.
_base_ = '/recipes/configs é, {x} \'y\'/base.py'
checkpoint_config = {
    'interval': 1,
    'max_keep_ckpts': -1,
}
custom_hooks = [
    {
        'type': 'EMAHook',
        'momentum': 0.5,
    },
    {
        'type': 'NumClassCheckHook',
    },
]
data = {
    'samples_per_gpu': 4,
    'test': {
        'ann_file': '/recipes/data é, {x} \'y\'/v.json',
        'classes': ('blood_vessel', 'glomerulus'),
        'img_prefix': '/other/v',
    },
    'train': {
        'ann_file': '/recipes/data é, {x} \'y\'/t.json',
        'classes': ('blood_vessel', 'glomerulus'),
        'img_prefix': '/recipes/tiles é, {x} \'y\'',
        'pipeline': [
            {
                'type': 'LoadImageFromFile',
            },
            {
                'type': 'LoadAnnotations',
                'with_bbox': True,
                'with_mask': True,
            },
            {
                'type': 'Resize',
                'img_scale': (1400, 1400),
                'keep_ratio': True,
            },
            {
                'type': 'RandomFlip',
                'direction': ['horizontal', 'vertical'],
                'flip_ratio': 0.5,
            },
            {
                'type': 'AutoAugment',
                'policies': [
                    [
                        {
                            'type': 'Shear',
                            'level': 0,
                            'prob': 0.4,
                        },
                    ],
                    [
                        {
                            'type': 'Translate',
                            'level': 5,
                            'prob': 0.4,
                        },
                    ],
                    [
                        {
                            'type': 'ColorTransform',
                            'level': 10,
                            'prob': 0.6,
                        },
                        {
                            'type': 'BrightnessTransform',
                            'level': 3,
                            'prob': 0.6,
                        },
                    ],
                    [
                        {
                            'type': 'ColorTransform',
                            'level': 10,
                            'prob': 0.6,
                        },
                        {
                            'type': 'ContrastTransform',
                            'level': 5,
                            'prob': 0.6,
                        },
                    ],
                    [
                        {
                            'type': 'PhotoMetricDistortion',
                            'brightness_delta': 32,
                            'contrast_range': (0.5, 1.5),
                            'hue_delta': 15,
                        },
                    ],
                    [
                        {
                            'type': 'MinIoURandomCrop',
                            'min_crop_size': 0.2,
                            'min_ious': (0.4, 0.5, 0.6, 0.7, 0.8, 0.9),
                        },
                    ],
                    [
                        {
                            'type': 'CutOut',
                            'cutout_shape': [(4, 4), (4, 8), (8, 4), (8, 8), (16, 32), (32, 16), (32, 32), (32, 48), (48, 32), (48, 48)],
                            'n_holes': (3, 8),
                        },
                    ],
                    [
                        {
                            'type': 'EqualizeTransform',
                            'prob': 0.6,
                        },
                        {
                            'type': 'BrightnessTransform',
                            'level': 3,
                            'prob': 0.6,
                        },
                    ],
                    [
                        {
                            'type': 'PhotoMetricDistortion',
                            'brightness_delta': 32,
                            'contrast_range': (0.5, 1.5),
                            'hue_delta': 18,
                        },
                    ],
                    [
                        {
                            'type': 'MinIoURandomCrop',
                            'min_crop_size': 0.3,
                            'min_ious': (0.4, 0.5, 0.6, 0.7, 0.8, 0.9),
                        },
                    ],
                    [
                        {
                            'type': 'CutOut',
                            'cutout_shape': [(4, 4), (4, 8), (8, 4), (8, 8), (16, 32), (32, 16), (32, 32), (32, 48), (48, 32), (48, 48)],
                            'n_holes': (5, 10),
                        },
                    ],
                    [
                        {
                            'type': 'BrightnessTransform',
                            'level': 4,
                            'prob': 0.6,
                        },
                        {
                            'type': 'ContrastTransform',
                            'level': 6,
                            'prob': 0.6,
                        },
                        {
                            'type': 'Rotate',
                            'level': 10,
                            'prob': 0.6,
                        },
                    ],
                    [
                        {
                            'type': 'ColorTransform',
                            'level': 6,
                            'prob': 1.0,
                        },
                        {
                            'type': 'EqualizeTransform',
                            'prob': 0.5,
                        },
                    ],
                ],
            },
            {
                'type': 'RandomCrop',
                'allow_negative_crop': False,
                'crop_size': (1.0, 1.0),
                'crop_type': 'relative',
            },
            {
                'type': 'Albu',
                'bbox_params': {
                    'type': 'BboxParams',
                    'filter_lost_elements': True,
                    'format': 'pascal_voc',
                    'label_fields': ['gt_labels'],
                    'min_visibility': 0.0,
                },
                'keymap': {
                    'gt_bboxes': 'bboxes',
                    'gt_masks': 'masks',
                    'img': 'image',
                },
                'skip_img_without_anno': True,
                'transforms': [
                    {
                        'type': 'ShiftScaleRotate',
                        'p': 0.5,
                        'rotate_limit': 15,
                        'scale_limit': 0.15,
                        'shift_limit': 0.0625,
                    },
                    {
                        'type': 'RandomRotate90',
                        'p': 0.5,
                    },
                    {
                        'type': 'OneOf',
                        'p': 0.3,
                        'transforms': [
                            {
                                'type': 'ElasticTransform',
                                'alpha': 120,
                                'alpha_affine': 3.6,
                                'p': 1.0,
                                'sigma': 6.0,
                            },
                            {
                                'type': 'GridDistortion',
                                'p': 1.0,
                            },
                            {
                                'type': 'OpticalDistortion',
                                'distort_limit': 2,
                                'p': 1.0,
                                'shift_limit': 0.5,
                            },
                        ],
                    },
                ],
                'update_pad_shape': False,
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
                'type': 'DefaultFormatBundle',
            },
            {
                'type': 'Collect',
                'keys': ['img', 'gt_bboxes', 'gt_labels', 'gt_masks'],
            },
        ],
    },
    'val': {
        'ann_file': '/recipes/data é, {x} \'y\'/v.json',
        'classes': ('blood_vessel', 'glomerulus'),
        'img_prefix': '/other/v',
    },
    'workers_per_gpu': 3,
}
evaluation = {
    'metric': ['segm'],
    'save_best': 'segm_mAP_50',
}
load_from = '/ckpt é/best.pth'
lr_config = {
    '_delete_': True,
    'policy': 'step',
    'step': [1, 2],
}
model = {
    'backbone': {
        'frozen_stages': -1,
        'init_cfg': None,
        'note': 'tab\u0009here, back\\slash, \'quote\', é, \u00ad',
    },
}
optimizer = {
    'lr': 1e-08,
}
resume_from = None
runner = {
    'max_epochs': 5,
}
work_dir = '/recipes/work_dirs/full'
