# Written by hubdata for stage wrapped: change the recipe, not this file.
_base_ = '/recipes/configs é, {x} \'y\'/wrapped.py'
default_hooks = {
    'checkpoint': {
        'type': 'CheckpointHook',
        'interval': 1,
        'max_keep_ckpts': 2,
        'rule': 'greater',
        'save_best': 'coco/segm_mAP',
    },
}
load_from = '/recipes/w é, {x}.pth'
resume = False
train_dataloader = {
    'dataset': {
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
                    'scale': (512, 512),
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
                                'max_mag': 0.2,
                                'min_mag': 0.2,
                                'prob': 0.4,
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
                            'p': 0.4,
                            'rotate_limit': 15,
                            'scale_limit': 0.15,
                            'shift_limit': 0.0625,
                        },
                    ],
                },
                {
                    'type': 'PackDetInputs',
                },
            ],
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
work_dir = '/recipes/work_dirs/wrapped'
