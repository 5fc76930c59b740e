"""What to compute on: the device, and how many cores of the machine nobody else uses."""

import pytest

torch = pytest.importorskip("torch")

from torch_models.devices import MOST_THREADS, DeviceError, choose_device, idle_cores


@pytest.mark.parametrize(
    ("cores", "load", "processes", "threads"),
    [
        (4, 0.0, 1, 4),
        (4, 0.4, 1, 4),
        (4, 1.2, 1, 3),
        (4, 9.0, 1, 1),
        (4, 0.0, 2, 2),
        (4, 0.0, 3, 1),
        (4, 0.0, 9, 1),
        (64, 0.0, 1, MOST_THREADS),
        (1, 0.0, 1, 1),
    ],
)
def test_idle_cores_are_those_that_no_other_program_keeps_busy(
    monkeypatch: pytest.MonkeyPatch, cores: int, load: float, processes: int, threads: int
) -> None:
    """Shared among the processes; at least one each, and no more than are of use."""
    monkeypatch.setattr("joblib.cpu_count", lambda only_physical_cores: cores)  # noqa: ARG005
    monkeypatch.setattr("os.getloadavg", lambda: (load, 99.0, 99.0))
    assert idle_cores(processes) == threads


def test_idle_cores_are_all_where_the_system_does_not_say_how_busy_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("joblib.cpu_count", lambda only_physical_cores: 3)  # noqa: ARG005

    def unknown() -> tuple[float, float, float]:
        raise OSError

    monkeypatch.setattr("os.getloadavg", unknown)
    assert idle_cores(1) == 3
    monkeypatch.delattr("os.getloadavg")  # as on Windows
    assert idle_cores(1) == 3


def test_a_machine_that_does_not_tell_its_cores_is_no_reason_for_a_trace(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """joblib would print one, and warn."""
    loky = pytest.importorskip("joblib.externals.loky.backend.context")
    monkeypatch.setattr(loky, "physical_cores_cache", None)
    monkeypatch.setattr(loky, "_count_physical_cores_linux", lambda: 1 / 0)
    monkeypatch.setattr(loky, "_cpu_count_user", lambda count: count)
    assert idle_cores(1) >= 1
    assert capsys.readouterr() == ("", "")


@pytest.mark.parametrize(
    ("cuda", "mps", "device"), [(True, True, "cuda:0"), (False, True, "mps"), (False, False, "cpu")]
)
def test_auto_takes_a_gpu_where_there_is_one(
    monkeypatch: pytest.MonkeyPatch, cuda: bool, mps: bool, device: str
) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: cuda)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: int(cuda))
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: mps)
    assert str(choose_device("auto")) == device
    assert str(choose_device("cpu")) == "cpu"


@pytest.mark.parametrize(("name", "words"), [("cuda", "no CUDA device"), ("mps", "no Apple GPU")])
def test_a_device_that_is_not_there_is_said_with_what_to_do(
    monkeypatch: pytest.MonkeyPatch, name: str, words: str
) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: False)
    with pytest.raises(DeviceError, match=f"{words}; --device auto uses what is available"):
        choose_device(name)


def test_each_process_of_a_machine_needs_a_gpu_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 2)
    found = []
    for rank in ("0", "1"):
        monkeypatch.setenv("LOCAL_RANK", rank)
        found.append(str(choose_device("cuda")))
    assert found == ["cuda:0", "cuda:1"]
    monkeypatch.setenv("LOCAL_RANK", "2")
    with pytest.raises(DeviceError, match="each process needs its own GPU, and there are 2"):
        choose_device("cuda")
