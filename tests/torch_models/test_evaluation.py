"""What a model makes of images: counted and summed up as scikit-learn and plain Python do it."""

import math
from dataclasses import replace

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from torch import Tensor, nn

from tests.torch_models.training_runs import linear, made_up_images, split
from torch_models.data import Split
from torch_models.evaluation import MOST_MISTAKES, Judgement, judge, predictions
from torch_models.models import MODELS

IMAGES = made_up_images(train=1, test=700)


def judgement(seed: int = 0, count: int = 700) -> Judgement:
    """Log-probabilities by chance, of which about a half are right."""
    chance = torch.Generator().manual_seed(seed)
    labels = torch.from_numpy(IMAGES.test_labels[:count].copy()).long()
    scores = torch.randn(count, 10, generator=chance)
    scores[range(count), labels] += 1.5
    return Judgement(torch.log_softmax(scores, dim=1), labels)


@pytest.mark.parametrize("name", MODELS)
def test_a_judgement_is_that_of_the_model_on_all_images_at_once(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """In however many pieces; without dropout, and with the statistics that the model has learned."""
    monkeypatch.setattr("torch_models.evaluation.BATCH", 50)
    torch.manual_seed(0)
    model, images = MODELS[name](), split(made_up_images(train=110))
    model.train()(images.images[:50])
    state = {key: value.clone() for key, value in model.state_dict().items()}
    judged = judge(model, images)
    assert model.training
    assert all(torch.equal(value, state[key]) for key, value in model.state_dict().items())
    with torch.no_grad():
        outputs = model.eval()(images.images)
    torch.testing.assert_close(judged.outputs, outputs, atol=1e-5, rtol=1e-5)
    assert judged.loss == pytest.approx(-outputs[range(110), images.labels].double().mean().item(), rel=1e-5)
    assert judged.correct == (outputs.argmax(dim=1) == images.labels).sum().item()
    assert judged.total == 110


def test_a_model_that_judges_stays_in_the_mode_that_it_is_in() -> None:
    model = linear().eval()
    judge(model, split())
    assert not model.training


@pytest.mark.parametrize("name", MODELS)
def test_nothing_is_judged_where_there_are_no_images(name: str) -> None:
    judged = judge(MODELS[name](), Split(torch.empty(0, 1, 28, 28), torch.empty(0, dtype=torch.long)))
    assert (judged.correct, judged.total) == (0, 0)


def test_the_confusion_matrix_is_that_of_scikit_learn() -> None:
    metrics = pytest.importorskip("sklearn.metrics")
    judged = judgement()
    found = predictions(judged, IMAGES, epoch=7)
    expected = metrics.confusion_matrix(judged.labels.numpy(), judged.outputs.numpy().argmax(axis=1))
    assert found.epoch == 7
    assert [list(row) for row in found.confusion] == expected.tolist()
    assert sum(found.confusion[k][k] for k in range(10)) == judged.correct


def test_the_confusion_matrix_has_digits_that_never_occur() -> None:
    judged = Judgement(torch.log(torch.full((2, 10), 0.1)), torch.tensor([3, 4]))
    found = predictions(judged, IMAGES, 1)
    assert [list(row) for row in found.confusion] == [
        [1 if (label, digit) in {(3, 0), (4, 0)} else 0 for digit in range(10)] for label in range(10)
    ]


def test_mistakes_are_the_wrong_images_that_the_model_is_surest_about() -> None:
    judged = judgement()
    found = predictions(judged, IMAGES, 1).mistakes
    chances = np.exp(judged.outputs.numpy().astype(float))
    wrong = [k for k in range(700) if chances[k].argmax() != judged.labels[k]]
    assert len(wrong) > MOST_MISTAKES
    expected = sorted(wrong, key=lambda k: -chances[k].max())[:MOST_MISTAKES]
    assert [mistake.index for mistake in found] == expected
    for mistake in found:
        k = mistake.index
        assert (mistake.label, mistake.predicted) == (int(IMAGES.test_labels[k]), int(chances[k].argmax()))
        assert mistake.probability == pytest.approx(chances[k].max(), rel=1e-5)
        assert mistake.pixels == IMAGES.test_images[k].tobytes()


@pytest.mark.parametrize("wrong", [0, 3])
def test_there_are_no_more_mistakes_than_wrong_images(wrong: int) -> None:
    labels = torch.arange(10)
    scores = 5 * torch.eye(10)
    scores[:wrong] = scores[:wrong].roll(1, dims=1)
    found = predictions(Judgement(torch.log_softmax(scores, dim=1), labels), IMAGES, 1)
    assert [(mistake.label, mistake.predicted) for mistake in found.mistakes] == [(k, k + 1) for k in range(wrong)]


def test_a_probability_is_at_most_one() -> None:
    """The logarithm of one, rounded, may come out above zero."""
    outputs = torch.full((1, 10), -50.0)
    outputs[0, 2] = 1e-6
    (mistake,) = predictions(Judgement(outputs, torch.tensor([1])), IMAGES, 1).mistakes
    assert mistake.probability == 1


def test_the_loss_of_many_images_is_summed_in_double() -> None:
    """Many small losses: in single precision the sum would come out another."""
    outputs = torch.full((100_000, 10), math.log(0.1), dtype=torch.float32)
    judged = Judgement(outputs, torch.zeros(100_000, dtype=torch.long))
    assert judged.loss == pytest.approx(-float(outputs[0, 0]), rel=1e-12)


def test_a_model_judges_in_single_precision_whatever_it_is_trained_in() -> None:
    class Doubter(nn.Module):
        def forward(self, images: Tensor) -> Tensor:
            return torch.log_softmax(images.flatten(1)[:, :10].bfloat16(), dim=1)

    assert judge(Doubter(), split()).outputs.dtype == torch.float32


def test_predictions_show_the_images_of_the_data_set_not_the_normalised_ones() -> None:
    images = replace(IMAGES, test_images=np.arange(784, dtype=np.uint16).astype(np.uint8).reshape(1, 28, 28))
    judged = Judgement(torch.log_softmax(5 * torch.eye(10)[3:4], dim=1), torch.tensor([8]))
    (mistake,) = predictions(judged, images, 1).mistakes
    assert mistake.pixels == bytes(k % 256 for k in range(784))
