# Written by hubdata.
from mmdet.datasets import transforms


class Albu(transforms.Albu):
    """MMDetection's own, but an image that loses all its annotations is passed over.

    That is what skip_img_without_anno asks for; 3.x looks for the first mask
    before it comes to that (IndexError). 2.x does not.
    """

    def _postprocess_results(self, results, *args, **kwargs):
        if self.filter_lost_elements and self.skip_img_without_anno and len(results['bboxes']) == 0:
            return None
        return super()._postprocess_results(results, *args, **kwargs)
