"""What tests of data sets share."""

import pytest

from tests.torch_models.idx_files import Files, four_files, publish


@pytest.fixture
def files(monkeypatch: pytest.MonkeyPatch) -> Files:
    """The four files of a small data set, which count as the published MNIST."""
    made = four_files()
    publish(monkeypatch, made)
    return made
