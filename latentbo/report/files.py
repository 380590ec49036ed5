"""The report's files, written so that a reader never sees half of one."""

import os
from pathlib import Path

from latentbo.errors import LatentboError
from latentbo.report.convergence import convergence_png
from latentbo.report.front import Front, front_csv
from latentbo.report.front_figure import front_png, hypervolume_png
from latentbo.report.hits import collect_hits, hits_csv
from latentbo.report.page import render_page
from latentbo.report.run import Run, load_run
from latentbo.report.views import view_of


def write_report(directory: Path) -> list[Path]:
    """Writes a run's reports: `hits.csv`, a file of the task, `convergence.png`, `report.html`.

    The file of the task is `hits.sdf` for molecules and `fit.png` for expressions. A run that seeks
    a Pareto front has `pareto.csv`, `pareto.png` and, for up to five terms, `hypervolume.png`, too.

    A file of an earlier report is replaced in one step, or kept if something goes wrong.

    Returns:
        The paths of the files, in this order, the page last.

    Raises:
        CheckpointError: If `directory` is not a run.
        LatentboError: If a file cannot be written.
    """
    run = load_run(directory)
    view = view_of(run)
    hits = collect_hits(run, view)
    convergence = convergence_png(run)
    contents = {
        "hits.csv": hits_csv(hits, view).encode(),
        **({view.file_name: view.write_file(run, hits)} if view.write_file else {}),
        "convergence.png": convergence,
        **(_front_files(run, run.front, view.column) if run.front else {}),
        "report.html": render_page(run, hits, convergence).encode(),
    }
    return [replace_file(directory / name, content) for name, content in contents.items()]


def write_page(directory: Path, refresh: int | None = None) -> Path:
    """Writes a run's page, `report.html`, alone.

    Args:
        directory: Of the run.
        refresh: Seconds after which the page asks for itself again, for the run still goes; None:
            it does not.

    Raises:
        CheckpointError: If `directory` is not a run.
        LatentboError: If the file cannot be written.
    """
    run = load_run(directory)
    hits = collect_hits(run, view_of(run))
    page = render_page(run, hits, convergence_png(run), refresh)
    return replace_file(directory / "report.html", page.encode())


def _front_files(run: Run, front: Front, column: str) -> dict[str, bytes]:
    """The files of a Pareto front, by their names."""
    contents = {
        "pareto.csv": front_csv(front, column).encode(),
        "pareto.png": front_png(run, front),
    }
    curve = hypervolume_png(run, front)
    return contents if curve is None else {**contents, "hypervolume.png": curve}


def replace_file(path: Path, content: bytes) -> Path:
    """Writes a file in one step: what was there is replaced, or kept if something goes wrong.

    Returns:
        The path.

    Raises:
        LatentboError: If it cannot be written.
    """
    part = path.with_name(f".{path.name}.part")
    try:
        part.write_bytes(content)
        os.replace(part, path)
    except OSError as error:
        part.unlink(missing_ok=True)
        raise LatentboError(
            f"cannot write {path}: {error.strerror}; check space and permissions of the folder"
        ) from error
    return path
