# Written by hubdata for stage full: change the recipe, not this file.
_base_ = '/recipes/configs é, {x} \'y\'/base.py'
custom_hooks = [
    {
        'type': 'EMAHook',
        'momentum': 0.5,
    },
    {
        'type': 'NumClassCheckHook',
    },
]
default_hooks = {
    'checkpoint': {
        'type': 'CheckpointHook',
        'interval': 1,
        'max_keep_ckpts': -1,
        'rule': 'greater',
        'save_best': 'coco/segm_mAP_50',
    },
}
load_from = '/ckpt é/best.pth'
model = {
    'backbone': {
        'frozen_stages': -1,
        'init_cfg': None,
        'note': 'tab\u0009here, back\\slash, \'quote\', é, \u00ad',
    },
}
optim_wrapper = {
    'optimizer': {
        'lr': 1e-08,
    },
}
randomness = {
    'seed': 69,
}
resume = False
train_cfg = {
    'max_epochs': 5,
}
train_dataloader = {
    'batch_size': 4,
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
                'keep_ratio': True,
                'scale': (1400, 1400),
            },
            {
                'type': 'RandomFlip',
                'direction': ['horizontal', 'vertical'],
                'prob': 0.5,
            },
            {
                'type': 'AutoAugment',
                'policies': [
                    [
                        {
                            'type': 'ShearX',
                            'level': 0,
                            'prob': 0.4,
                        },
                    ],
                    [
                        {
                            'type': 'TranslateX',
                            'level': 5,
                            'max_mag': 0.1,
                            'min_mag': 0.1,
                            'prob': 0.4,
                        },
                    ],
                    [
                        {
                            'type': 'Color',
                            'level': 10,
                            'prob': 0.6,
                        },
                        {
                            'type': 'Brightness',
                            'level': 3,
                            'prob': 0.6,
                        },
                    ],
                    [
                        {
                            'type': 'Color',
                            'level': 10,
                            'prob': 0.6,
                        },
                        {
                            'type': 'Contrast',
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
                            'type': 'Equalize',
                            'prob': 0.6,
                        },
                        {
                            'type': 'Brightness',
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
                            'type': 'Brightness',
                            'level': 4,
                            'prob': 0.6,
                        },
                        {
                            'type': 'Contrast',
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
                            'type': 'Color',
                            'level': 6,
                            'prob': 1.0,
                        },
                        {
                            'type': 'Equalize',
                            'prob': 0.5,
                        },
                    ],
                ],
            },
            {
                'type': 'FilterAnnotations',
                'min_gt_bbox_wh': (1, 1),
            },
            {
                'type': 'hubdata_transforms.Albu',
                'bbox_params': {
                    'type': 'BboxParams',
                    'filter_lost_elements': True,
                    'format': 'pascal_voc',
                    'label_fields': ['gt_bboxes_labels', 'gt_ignore_flags'],
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
            },
            {
                'type': 'PackDetInputs',
            },
        ],
    },
    'num_workers': 3,
    'sampler': {
        'type': 'InfiniteSampler',
        '_delete_': True,
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
        'pipeline': [
            {
                'type': 'Resize',
                'scale': (512, 640),
            },
            {
                'type': 'X',
                'one': ((),),
            },
        ],
    },
}
val_evaluator = {
    'ann_file': '/recipes/data é, {x} \'y\'/v.json',
    'metric': ['bbox', 'segm'],
}
work_dir = '/recipes/work_dirs/full'
