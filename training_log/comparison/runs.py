"""Which measures several runs have in common, in what their settings differ, and which of them belong together."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby

from training_log.log import SEED, Setting
from training_log.measures import PREFERRED, Kind, Measure, Split
from training_log.sheet.page import Written

MOST_MEASURES = 4  # that are compared
MOST_SETTINGS = 8  # in which the runs differ


@dataclass(frozen=True)
class Common:
    """A measure that all runs have: what it is called, and each run's own."""

    label: str
    kind: Kind
    of_run: Sequence[Measure]

    @property
    def lower_is_better(self) -> bool:
        """Whether the best is the lowest."""
        return self.of_run[0].lower_is_better


@dataclass(frozen=True)
class Compared:
    """Runs with what compares them; those with the same settings but for the seed follow each other."""

    runs: Sequence[Written]
    measures: Sequence[Common]  # the first is what runs are judged by
    differing: Sequence[str]  # names of settings
    groups: Sequence[range]  # the places of the runs that belong together, from 0; those of more than one run

    def setting(self, run: Written, name: str) -> Setting:
        """A run's setting; None where it has none."""
        return run.outcome.log.compared_settings.get(name)


def compared_runs(written: Sequence[Written]) -> Compared:
    """The runs in the order in which they are shown."""
    runs = [run for _, run in sorted(enumerate(written), key=lambda one: (_first_alike(written, one[1]), one[0]))]
    groups, begin = [], 0
    for _, members in groupby(runs, key=_without_seed):
        count = len(list(members))
        if count > 1 and _without_seed(runs[begin]):
            groups.append(range(begin, begin + count))
        begin += count
    return Compared(runs, _common(runs), _differing(runs), groups)


def _first_alike(written: Sequence[Written], run: Written) -> int:
    return next(k for k, other in enumerate(written) if _without_seed(other) == _without_seed(run))


def _without_seed(run: Written) -> Mapping[str, Setting]:
    return {name: value for name, value in run.outcome.log.compared_settings.items() if name != SEED}


def _differing(runs: Sequence[Written]) -> list[str]:
    settings = [run.outcome.log.compared_settings for run in runs]
    names = dict.fromkeys(name for one in settings for name in one)
    missing = object()
    return [name for name in names if len({one.get(name, missing) for one in settings}) > 1][:MOST_SETTINGS]


def _common(runs: Sequence[Written]) -> list[Common]:
    """The losses and accuracies that all runs have, the preferred first."""
    found = list[Common]()
    for kind, split in PREFERRED:
        own = [measure for run in runs if (measure := _measure(run, kind, split)) is not None]
        if len(own) == len(runs):
            found.append(Common(own[0].label, kind, own))
    return found[:MOST_MEASURES]


def _measure(run: Written, kind: Kind, split: Split) -> Measure | None:
    return next((one for one in run.outcome.measures if (one.kind, one.split) == (kind, split)), None)
