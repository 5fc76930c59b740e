"""Many workbooks at once: every one gets its result, whatever the others are and wherever the work is done."""

import dataclasses
import os
import pickle
import sys
import threading
from pathlib import Path
from typing import Any

import pytest
from joblib import parallel_config

from sheetgen import generate
from tests.commands.command import python
from tests.verifier.networks import template
from verifier import Engine, Limits, WorkbookResult, verify, verify_many

# Python imports this module by itself: every process then dies where it opens a file of that name.
DEADLY = """
import os, signal, zipfile
open_package = zipfile.ZipFile.__init__
def die(package, file, *arguments, **options):
    if "deadly" in str(file):
        os.kill(os.getpid(), signal.SIGKILL)
    open_package(package, file, *arguments, **options)
zipfile.ZipFile.__init__ = die
"""
VERIFY_ALL = """
import sys
from verifier import verify_many
if __name__ == "__main__":
    for result in verify_many(sys.argv[1:], jobs=2):
        print(result.path, result.status.name, result.problem)
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Right workbooks, and files that cannot be checked."""
    folder = tmp_path_factory.mktemp("many")
    for k in range(4):
        generate(template("backprop"), folder / f"right{k}.xlsx")
    (folder / "text.xlsx").write_text("this is no workbook")
    return folder


@pytest.fixture
def names(folder: Path) -> list[Path]:
    """Good and bad files, in no order."""
    return [folder / name for name in ("right2.xlsx", "text.xlsx", "right0.xlsx", "missing.xlsx", "right1.xlsx")]


def timeless(result: WorkbookResult) -> WorkbookResult:
    """A result without what the clock says."""
    tables = tuple(dataclasses.replace(table, seconds=0.0) for table in result.tables)
    return dataclasses.replace(result, seconds=0.0, tables=tables)


@pytest.mark.parametrize("jobs", [1, 2])
def test_the_results_are_those_of_each_alone_in_the_order_asked_for(names: list[Path], jobs: int) -> None:
    expected = [timeless(verify(path)) for path in names]
    assert [result.status for result in expected] == [0, 3, 0, 3, 0]
    assert [timeless(result) for result in verify_many(names, jobs)] == expected


@pytest.mark.parametrize("jobs", [1, 2])
def test_each_result_is_told_once_as_it_comes(names: list[Path], jobs: int) -> None:
    told: list[WorkbookResult] = []
    results = verify_many(names, jobs, on_result=told.append)
    assert sorted(map(id, told)) == sorted(map(id, results))


def test_no_workbooks_have_no_results() -> None:
    assert verify_many([]) == []


def test_no_jobs_at_all_are_refused() -> None:
    with pytest.raises(ValueError, match="jobs is 0"):
        verify_many(["homework.xlsx"], jobs=0)


def test_a_defect_of_the_check_is_a_line_for_its_file_alone(names: list[Path], monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(path: Path, *arguments: Any) -> WorkbookResult:
        if path.name == "right0.xlsx":
            raise KeyError("a name\nover two lines")
        return verify(path, *arguments)

    monkeypatch.setattr("verifier.guarded.verify", broken)
    results = verify_many(names, jobs=1)
    assert [result.status for result in results] == [0, 3, 3, 3, 0]
    assert results[2].problem is not None
    assert results[2].problem.startswith("the check failed (KeyError: ")
    assert results[2].problem.endswith("this is a bug in backprop; please report it")
    assert "\n" not in results[2].problem


@pytest.fixture
def threads(monkeypatch: pytest.MonkeyPatch) -> list[tuple[threading.Thread, Engine]]:
    """In which thread of this process each file is checked, and by which engine."""
    found: list[tuple[threading.Thread, Engine]] = []

    def noted(path: Path, engine: Engine, *arguments: Any) -> WorkbookResult:
        found.append((threading.current_thread(), engine))
        return verify(path, engine, *arguments)

    monkeypatch.setattr("verifier.guarded.verify", noted)
    return found


@pytest.mark.parametrize(("files", "jobs"), [(1, 8), (1, None), (5, 1), (5, None)])
def test_one_file_and_one_job_need_no_other_process(
    names: list[Path], threads: list[tuple[threading.Thread, Engine]], files: int, jobs: int | None
) -> None:
    verify_many(names[:files], jobs)
    assert [thread for thread, _ in threads] == [threading.main_thread()] * files


def test_one_engine_serves_all_files_of_a_process(
    names: list[Path], threads: list[tuple[threading.Thread, Engine]]
) -> None:
    verify_many(names, jobs=1)
    assert len({id(engine) for _, engine in threads}) == 1


def test_the_work_is_done_where_joblib_is_told_to(
    names: list[Path], threads: list[tuple[threading.Thread, Engine]]
) -> None:
    """Told to take threads, it does; each has an engine of its own, which no other thread disturbs."""
    with parallel_config("threading", n_jobs=2):
        results = verify_many(names)
    assert [result.status for result in results] == [0, 3, 0, 3, 0]
    assert threading.main_thread() not in {thread for thread, _ in threads}
    assert len({(thread, id(engine)) for thread, engine in threads}) == len({thread for thread, _ in threads})


@pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning")
def test_a_backend_that_gives_all_results_at_the_end_does_too(names: list[Path]) -> None:
    """As Ray's, which is made like joblib's `multiprocessing`."""
    with parallel_config("multiprocessing", n_jobs=2):
        results = verify_many(names)
    assert [result.status for result in results] == [0, 3, 0, 3, 0]
    assert not any("check failed" in (result.problem or "") for result in results)


def test_what_travels_comes_out_as_it_went_in(folder: Path) -> None:
    """Between machines as between processes: the limits on the way there, the result on the way back."""
    result = verify(folder / "right0.xlsx")
    for thing in (result, Limits(), Limits(None, None)):
        assert pickle.loads(pickle.dumps(thing)) == thing  # noqa: S301


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="there is no SIGKILL")
def test_a_file_that_kills_its_process_takes_no_other_with_it(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The others get their verdicts, and it gets a line."""
    (tmp_path / "sitecustomize.py").write_text(DEADLY)
    monkeypatch.setenv("PYTHONPATH", f"{tmp_path}{os.pathsep}{Path(__file__).parents[2]}")
    (tmp_path / "deadly.xlsx").write_bytes((folder / "right0.xlsx").read_bytes())
    paths = [folder / "right0.xlsx", folder / "right1.xlsx", tmp_path / "deadly.xlsx", *sorted(folder.glob("right*"))]
    outcome = python(tmp_path, VERIFY_ALL, *map(str, paths))
    assert outcome.status == 0, outcome.errors
    lines = outcome.output.splitlines()
    assert [line.startswith(f"{path} ") for line, path in zip(lines, paths, strict=True)] == [True] * len(paths)
    assert lines[2].startswith(f"{paths[2]} UNCHECKED the process that checked it was killed")
    assert [line.split()[1] for line in lines[:2] + lines[3:]] == ["RIGHT"] * 6


@pytest.mark.slow
def test_the_same_call_runs_on_a_dask_cluster(names: list[Path], tmp_path: Path) -> None:
    """A cluster of Dask's, here of two processes of this machine; its workers do the work."""
    distributed = pytest.importorskip("distributed")
    cluster = distributed.LocalCluster(
        n_workers=2, threads_per_worker=1, host="127.0.0.1", dashboard_address=None, silence_logs=50,
        local_directory=str(tmp_path),
    )  # fmt: skip
    with cluster, distributed.Client(cluster) as client:
        before = client.run(lambda: "verifier" in sys.modules)
        with parallel_config("dask"):
            results = verify_many([*names, names[0].parent / "right3.xlsx"])
        after = client.run(lambda: "verifier" in sys.modules)
    assert [result.status for result in results] == [0, 3, 0, 3, 0, 0]
    assert [result.path for result in results[:5]] == names
    assert (set(before.values()), any(after.values())) == ({False}, True)
