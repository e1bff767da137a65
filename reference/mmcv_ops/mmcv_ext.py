"""A stand-in for mmcv._ext, mmcv's compiled operators: it implements those of Mask R-CNN with torchvision.

mmcv compiles its operators for one PyTorch, one CUDA and one Python, and there are wheels
for few combinations. mmcv-lite has all of mmcv except these operators. With this folder in PYTHONPATH (in a
recipe `tool: {pythonpath: [...]}`) mmcv-lite and an unchanged MMDetection train and
test models that need only RoIAlign with the mean and NMS: Faster, Mask and Cascade R-CNN, RetinaNet and
similar ones. Any other operator raises NotImplementedError when it is called.

check.py in this folder compares these operators with their definitions.
"""
import torch
import torchvision.ops  # noqa: F401  registers torch.ops.torchvision


def nms(boxes, scores, iou_threshold, offset=0):
    """Indices of the kept boxes, highest score first."""
    if offset:
        raise NotImplementedError(f"nms with offset {offset}: torchvision has offset 0 alone; want a compiled mmcv")
    return torch.ops.torchvision.nms(boxes, scores, iou_threshold)


def roi_align_forward(input, rois, output, argmax_y, argmax_x, aligned_height, aligned_width, spatial_scale,
                      sampling_ratio, pool_mode, aligned):
    """Writes the pooled regions to output. rois are (image, x1, y1, x2, y2)."""
    _mean(pool_mode)
    output.copy_(torch.ops.torchvision.roi_align(input, rois, spatial_scale, aligned_height, aligned_width, sampling_ratio,
                                                 aligned))


def roi_align_backward(grad_output, rois, argmax_y, argmax_x, grad_input, aligned_height, aligned_width, spatial_scale,
                       sampling_ratio, pool_mode, aligned):
    """Writes the gradient with respect to input to grad_input."""
    _mean(pool_mode)
    grad_input.copy_(torch.ops.torchvision._roi_align_backward(
        grad_output, rois, spatial_scale, aligned_height, aligned_width, *grad_input.shape, sampling_ratio, aligned))


def get_compiler_version():
    return "none: hubdata's stand-in"  # mmcv asks for it when it logs its environment


get_compiling_cuda_version = get_compiler_version


def _mean(pool_mode):
    if pool_mode != 1:
        raise NotImplementedError("roi_align with pool_mode max: torchvision has the mean alone; want a compiled mmcv")


def __getattr__(name):
    # mmcv looks up all operators when it is imported.
    if name.startswith("__"):
        raise AttributeError(name)

    def missing(*args, **kwargs):
        raise NotImplementedError(f"mmcv._ext.{name} is not in this stand-in: want a compiled mmcv")

    return missing
