"""What a model makes of images that it does not learn from."""

from dataclasses import dataclass

import torch
import torch.nn.functional as F  # noqa: N812  the name that everybody gives it
from torch import Tensor, nn

from torch_models.data import Split
from torch_models.images import CLASSES, Images
from torch_models.record import Mistake, Predictions

BATCH = 500  # images at once: what they need stays in a core's cache
MOST_MISTAKES = 20


@dataclass(frozen=True)
class Judgement:
    """A model's log-probabilities (n, 10) for the images of a split, on the CPU, beside their labels (n,)."""

    outputs: Tensor
    labels: Tensor

    @property
    def loss(self) -> float:
        """Mean of the negative log-likelihood."""
        return F.nll_loss(self.outputs.double(), self.labels).item()

    @property
    def predicted(self) -> Tensor:
        """The digit that each image is taken for (n,)."""
        return self.outputs.argmax(dim=1)

    @property
    def correct(self) -> int:
        """How many images are taken for what they are."""
        return int((self.predicted == self.labels).sum())

    @property
    def total(self) -> int:
        """How many images there are."""
        return len(self.labels)


def judge(model: nn.Module, split: Split) -> Judgement:
    """Have a model judge every image of a split, in float32 and without dropout."""
    was_training = model.training
    model.eval()
    with torch.inference_mode():
        pieces = torch.split(split.images, BATCH)
        outputs = torch.cat([model(piece.contiguous(memory_format=torch.channels_last)) for piece in pieces])
    model.train(was_training)
    return Judgement(outputs.float().cpu(), split.labels.cpu())


def predictions(judgement: Judgement, images: Images, epoch: int) -> Predictions:
    """The confusion matrix of the test images, and the most confident mistakes as they look."""
    labels, predicted = judgement.labels, judgement.predicted
    confusion = torch.bincount(labels * CLASSES + predicted, minlength=CLASSES**2).view(CLASSES, CLASSES)
    probability = judgement.outputs.gather(1, predicted.unsqueeze(1)).squeeze(1).exp().clamp(max=1)
    wrong = (predicted != labels).nonzero().squeeze(1)
    worst = wrong[probability[wrong].argsort(descending=True, stable=True)][:MOST_MISTAKES]
    mistakes = tuple(
        Mistake(k, int(labels[k]), int(predicted[k]), float(probability[k]), images.test_images[k].tobytes())
        for k in worst.tolist()
    )
    return Predictions(epoch, tuple(map(tuple, confusion.tolist())), mistakes)
