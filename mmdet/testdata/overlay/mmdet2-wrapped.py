# Written by hubdata for stage wrapped: change the recipe, not this file.
_base_ = '/recipes/configs é, {x} \'y\'/wrapped.py'
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
        'dataset': {
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
                    'img_scale': (512, 512),
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
                            'p': 0.4,
                            'rotate_limit': 15,
                            'scale_limit': 0.15,
                            'shift_limit': 0.0625,
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
load_from = '/recipes/w é, {x}.pth'
resume_from = None
work_dir = '/recipes/work_dirs/wrapped'
