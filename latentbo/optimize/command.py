"""`python -m latentbo.optimize TASK`: search the latent space of a trained model."""

import argparse
import datetime
import itertools
import math
import shlex
import sys
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from latentbo.command_line import device_option, run_command
from latentbo.errors import ConfigurationError, ObjectiveError, PausedError
from latentbo.optimize.assay_files import read_initial, read_observed
from latentbo.optimize.execution_options import (
    CHANGEABLE,
    execution_settings,
    resumed_execution,
)
from latentbo.optimize.laboratory_options import (
    COLUMNS,
    LABORATORY,
    check_laboratory,
    is_laboratory,
)
from latentbo.optimize.options import build_parser
from latentbo.optimize.protocol_options import (
    FILTER_OPTIONS,
    KUSNER,
    check_combination,
    protocol_settings,
)
from latentbo.plugins import OPTION as PLUGIN
from latentbo.plugins import load_plugins, plugins_of
from latentbo.registry import added
from latentbo.tasks import TASKS, Task
from latentbo.threads import default_threads

if TYPE_CHECKING:
    from latentbo.data.assay import Assay
    from latentbo.display import OptimizationDisplay
    from latentbo.optimizer import Ending
    from latentbo.run import OptimizationRun


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; returns the exit code."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    return run_command(lambda: _main(given))


def _main(given: list[str]) -> int:
    plugins = load_plugins(plugins_of(given))
    parser = build_parser()
    options = parser.parse_args(given)
    if (options.task is None) == (options.resume is None):
        parser.error(f"give a task ({' or '.join(TASKS)}), or --resume DIR")
    options.plugin = plugins
    return _optimize(options, given)


def _optimize(options: argparse.Namespace, given: list[str]) -> int:
    # Imported here so that --help, wrong options and files are answered without loading torch.
    _check(options, given)
    assay, observed = read_initial(options), read_observed(options)
    from latentbo.display import OptimizationDisplay  # noqa: PLC0415
    from latentbo.run import changed_versions  # noqa: PLC0415

    device = device_option(options.device)
    run = _prepare(options, given, assay)
    for line in changed_versions(run):
        print(line, file=sys.stderr)
    if is_laboratory(options):
        from latentbo.optimize.laboratory import serve  # noqa: PLC0415

        serve(run.directory, options, _start_line(run), device, observed)
        return 0
    display = OptimizationDisplay(run.settings["budget"], options.quiet)
    display.say(f"run folder: {run.directory}")
    display.say(_start_line(run))
    try:
        with display:
            ending = run.execute(display.show, device, resumed_execution(run.execution, options))
    except ObjectiveError:
        raise
    except BaseException as error:
        # Stopped by Ctrl-C, a full disk or the like: nothing that was paid for is lost.
        resume = shlex.quote(str(run.directory))
        display.say(f"go on with: python -m latentbo.optimize --resume {resume}")
        if isinstance(error, KeyboardInterrupt):
            _report(run.directory, display)
        raise
    _say_ending(ending, run, display)
    _report(run.directory, display)
    if ending.name == "FAILURES":
        raise _paused(run)
    return 0


def _paused(run: "OptimizationRun") -> PausedError:
    """Say why a run whose calls all fail was not gone on with."""
    from latentbo.ledger import Ledger, Status  # noqa: PLC0415
    from latentbo.run import LEDGER_FILE  # noqa: PLC0415

    with Ledger.open(run.directory / LEDGER_FILE) as ledger:
        failed = [row for row in ledger.evaluations() if row.status is Status.FAILED]
    last = max(failed, key=lambda row: row.call)
    return PausedError(
        f"paused after too many failed calls in a row, at last call {last.call} ({last.string}): "
        f"{last.message}; fix the cause, then python -m latentbo.optimize --resume "
        f"{shlex.quote(str(run.directory))} (--max-failures N allows more, 0 any number)"
    )


def _say_ending(ending: "Ending", run: "OptimizationRun", display: "OptimizationDisplay") -> None:
    """Say why a run ended before its budget was spent, and what can be done."""
    resume = f"python -m latentbo.optimize --resume {shlex.quote(str(run.directory))}"
    if ending.name == "EXHAUSTED":
        display.say(
            f"stopped early: the model finds no {run.task.noun} any more that is new"
            + (
                " and passes the filter; start a run with a wider filter or another model"
                if run.task.is_molecular
                else "; start a run with another model"
            )
        )
    elif ending.name == "TARGET":
        display.say(f"stopped: {ending.value}; for more, {resume} --target with a higher VALUE")
    elif ending.name == "TIME":
        display.say(f"stopped: {ending.value}; go on with: {resume}")


def _report(directory: Path, display: "OptimizationDisplay") -> None:
    """Write the files that people read, and show the table."""
    from latentbo.optimize.protocol_report import write_protocol_summary  # noqa: PLC0415
    from latentbo.report import load_run, summary_table, write_report  # noqa: PLC0415

    run = load_run(directory)
    for path in write_report(directory):
        display.say(f"wrote {path}")
    display.print(summary_table(run))
    for line in write_protocol_summary(directory, run):
        display.say(line)


def _start_line(run: "OptimizationRun") -> str:
    """Say what the run starts from."""
    given = ""
    if labelled := run.settings.get("labelled"):
        best = f"({labelled['source']}), the best of them {labelled['best']:.4g}"
        if protocol := run.settings.get("protocol"):
            return f"protocol {protocol['name']}: {labelled['count']} labelled strings {best}"
        given = f"measured before: {labelled['count']} {run.task.name} {best}"
        lines = (f"{count} {reason}" for reason, count in labelled["left_out"].items())
        if censored := labelled.get("censored"):
            given += f"; {censored} are censored: bounds, never the best"
        given += f" (not used: {', '.join(lines)})\n" if labelled["left_out"] else "\n"
    pool = run.settings["pool"]
    left_out = ", ".join(f"{count} {reason}" for reason, count in pool["left_out"].items())
    return f"{given}starting pool: {pool['usable']} {run.task.name}" + (
        f" (not used: {left_out})" if left_out else ""
    )


def _check(options: argparse.Namespace, given: list[str]) -> None:
    """Refuse options that mean nothing beside others."""
    if is_laboratory(options):
        check_laboratory(options, given)
    if options.accept_changes and options.resume is None:
        raise ConfigurationError("--accept-changes goes with --resume: leave it out")
    if options.resume is not None:
        others = [x for x in given if x.startswith("--") and x.split("=")[0] not in RESUMABLE]
        if others:
            raise ConfigurationError(
                f"{others[0]} cannot be changed when a run is resumed: only "
                f"{', '.join(RESUMABLE)} go with --resume"
            )


def _prepare(
    options: argparse.Namespace, given: list[str], assay: "Assay | None"
) -> "OptimizationRun":
    from latentbo.run import as_started, create_run, open_run  # noqa: PLC0415

    if options.resume is not None:
        return as_started(open_run(options.resume), options.objective, options.accept_changes)
    initial, settings = _settings(options, given)
    if is_laboratory(options):
        from latentbo.laboratory import by_hand_settings  # noqa: PLC0415

        settings = by_hand_settings(settings)
    if options.out is not None:
        return create_run(options.out, settings, assay or initial)
    directory = _reserved(Path("runs"), options.task)
    try:
        return create_run(directory, settings, assay or initial)
    except BaseException:
        with suppress(OSError):  # it is empty
            directory.rmdir()
        raise


def _reserved(parent: Path, task: str) -> Path:
    """Make an empty folder of a new name: two runs of one second must not meet in it."""
    stamp = datetime.datetime.now().strftime("%Y%m%d-%H%M%S")
    for number in itertools.count(1):
        directory = parent / (f"{task}-{stamp}" if number == 1 else f"{task}-{stamp}-{number}")
        try:
            parent.mkdir(parents=True, exist_ok=True)
            directory.mkdir(mode=0o700)
        except FileExistsError:
            continue
        except OSError as error:
            raise ConfigurationError(
                f"the folder {directory} cannot be made ({error.strerror}): give another --out"
            ) from error
        return directory
    raise AssertionError("counting has no end")


RESUMABLE = (
    *("--resume", "--device", "--quiet", "--objective", "--accept-changes"),
    PLUGIN,
    *(*LABORATORY, *COLUMNS, *CHANGEABLE),
)
# Options of searches whose surrogate sees codes.
OF_CODES = ("--identity", "--scaling")
# Options of searches whose surrogate sees the molecules themselves.
OF_STRINGS = ("--no-descriptors", "--min-distance", "--sources")
# Options that mean something to some presets alone.
ONLY_FOR = {
    "--surrogate": ("latent", "thesis"),
    "--acquisition": ("latent",),
    "--no-descriptors": ("hybrid", "latent"),
    "--min-distance": ("hybrid", "latent"),
    "--sources": ("hybrid", "latent"),
    "--pool-share": ("latent", "hybrid"),
    "--identity": ("latent",),
    "--scaling": ("latent",),
}


def _settings(options: argparse.Namespace, given: list[str]) -> tuple[Path | None, dict[str, Any]]:
    """Return the file of strings to start from and what `config.json` holds."""
    from latentbo.chemistry import MoleculeFilter  # noqa: PLC0415
    from latentbo.optimizer import NUM_FROM_POOL, PRESETS, OptimizationConfig  # noqa: PLC0415

    task = TASKS[options.task]
    if not task.is_molecular:
        _refuse_filter(task.name, given)
    check_combination(options.protocol, given)
    is_measured = is_laboratory(options)
    objective = (task.objective or "") if is_measured else _objective(options, task)
    preset = options.preset or ("latent" if options.protocol else task.preset)
    # What the task lacks is said first: no preset changes it.
    surrogate = options.surrogate or (task.code_surrogate if options.protocol else task.surrogate)
    _check_surrogate(options, preset, task)
    is_own = options.surrogate in added("surrogate")
    _check_preset(preset, surrogate, task, given, is_own_surrogate=is_own)
    defaults = PRESETS[preset].settings(surrogate)
    most_initial = defaults.get("num_initial", 100)
    initial, num_initial = _initial(options, most_initial)
    protocol = None if options.protocol is None else protocol_settings(options)
    defaults["num_initial"] = num_initial
    if options.batch_size is not None:
        defaults["batch_size"] = options.batch_size
    if options.sources is not None:
        defaults["sources"] = options.sources
    if options.pool_share is not None:
        general = NUM_FROM_POOL if surrogate == "tanimoto" else OptimizationConfig.num_from_pool
        usual = defaults.get("num_from_pool") or general
        defaults["num_from_pool"] = math.ceil(options.pool_share * usual)
    config = OptimizationConfig(
        **defaults,
        preset=preset,
        descriptors=not options.no_descriptors,
        min_distance=options.min_distance,
        budget=options.budget,
        seed=options.seed,
        acquisition=options.acquisition,
        surrogate=surrogate,
        identity=options.identity,
        scaling=options.scaling,
    )
    limits = (
        options.max_heavy_atoms,
        options.max_rotatable_bonds,
        options.min_rings,
        options.min_heavy_atoms,
    )
    budget = options.budget
    if protocol is not None and protocol["name"] == KUSNER:
        # As published: no limits on molecules, and a call a point at most.
        limits = (None, None, None, None)
        budget = protocol["settings"]["num_iterations"] * protocol["settings"]["batch_size"]
    molecule_filter = MoleculeFilter(*limits)
    return initial, {
        "command": shlex.join(["python", "-m", "latentbo.optimize", *given]),
        "task": options.task,
        **({"plugins": options.plugin} if options.plugin else {}),
        "objective": objective,
        "model": None if options.model is None else str(options.model.resolve()),
        **({} if protocol is None else {"protocol": protocol}),
        **({} if protocol else {"initial": str(initial) if initial else task.pool_name}),
        "seed": options.seed,
        "budget": budget,
        "batch_size": config.batch_size,
        "threads": options.threads or default_threads(),
        **({"filter": asdict(molecule_filter)} if task.is_molecular else {}),
        **_chemistry(options.chemistry, task.is_molecular and protocol is None),
        **_constraints(options.constraints, objective, task),
        "optimizer": asdict(config),
        "execution": execution_settings(options),
    }


def _objective(options: argparse.Namespace, task: Task) -> str:
    """Return the objective as `config.json` names it."""
    from latentbo.objectives import MINIMIZE  # noqa: PLC0415

    given: str | None = options.objective
    if not options.minimize:
        return task.objective_or(given or (task.studied if options.protocol else None))
    if given is None:
        raise ConfigurationError(
            "--minimize needs --objective: the default objective is to be maximised"
        )
    return f"{MINIMIZE}:{given}"


def _chemistry(level: str | None, applies: bool) -> dict[str, Any]:
    """Return the setting that holds the rules of chemistry; protocols have none of their own."""
    from latentbo.chemistry import USUAL  # noqa: PLC0415

    return {"chemistry": level or USUAL} if applies else {}


def _constraints(path: Path | None, objective: str, task: Task) -> dict[str, Any]:
    """Return the setting that holds the constraints of a file or of the objective's, if any."""
    from latentbo.chemistry import load_constraints  # noqa: PLC0415
    from latentbo.objectives import constraints_of  # noqa: PLC0415

    found = constraints_of(objective)
    if path is not None:
        if found is not None:
            raise ConfigurationError(
                f"{objective} holds constraints, and so does --constraints {path}: keep one of them"
            )
        found = load_constraints(path)
        if found is None:
            raise ConfigurationError(
                f"{path} has no table [constraints]: write one, or leave --constraints out"
            )
    if found is not None and not task.is_molecular:
        raise ConfigurationError(
            f"the constraints of {objective} are for molecules: leave them out for {task.name}"
        )
    return {} if found is None else {"constraints": found.to_dict()}


def _refuse_filter(task: str, given: list[str]) -> None:
    for option in given:
        if option.split("=")[0] in FILTER_OPTIONS:
            raise ConfigurationError(f"{option} is a limit for molecules: leave it out for {task}")


def _check_preset(
    preset: str, surrogate: str, task: Task, given: list[str], *, is_own_surrogate: bool
) -> None:
    """Refuse a preset of another task, and options that mean nothing to it.

    A user's surrogate is checked by `OptimizationConfig`.
    """
    from latentbo.optimizer import PRESETS, presets_of  # noqa: PLC0415

    if not PRESETS[preset].fits(task):
        raise ConfigurationError(
            f"--preset {preset} is not for {task.name}: choose one of {', '.join(presets_of(task))}"
        )
    for word in given:
        option = word.split("=")[0]
        wanted = ONLY_FOR.get(option, (preset,))
        is_checked_later = option == "--surrogate" and is_own_surrogate
        if preset not in wanted and not is_checked_later:
            raise ConfigurationError(
                f"{option} means nothing to --preset {preset}: leave it out, or choose "
                f"--preset {' or '.join(wanted)}"
            )
        if option in OF_CODES and preset == "latent" and surrogate == "tanimoto":
            raise ConfigurationError(
                f"{option} means nothing to the surrogate tanimoto, which sees no codes: leave it "
                f"out, or choose --surrogate fragments, latent, code or exact"
            )
        if option in OF_STRINGS and preset == "latent" and surrogate != "tanimoto":
            raise ConfigurationError(
                f"{option} means nothing to the surrogate {surrogate} of --preset latent: leave it "
                f"out, or choose --surrogate tanimoto"
            )


def _check_surrogate(options: argparse.Namespace, preset: str, task: Task) -> None:
    """Refuse a surrogate that the preset, the protocol or the task has no use for."""
    surrogate = options.surrogate
    if surrogate == "tanimoto" and (options.protocol or not task.is_molecular):
        place = f"the protocol {options.protocol}" if options.protocol else task.name
        raise ConfigurationError(
            f"--surrogate tanimoto sees molecules, not codes, and is not for {place}: leave it out"
        )
    if surrogate == "curves" and task.describe is None:
        fitting = " and ".join(each.name for each in TASKS.values() if each.describe)
        raise ConfigurationError(
            f"--surrogate curves is for {fitting}: choose fragments, latent or exact for "
            f"{task.name}"
        )
    if preset == "thesis" and surrogate not in (
        None,
        "latent",
        "code",
        "exact",
        *added("surrogate"),
    ):
        raise ConfigurationError(
            f"--surrogate {surrogate} is not for --preset thesis, whose process sees codes alone: "
            f"choose latent or exact"
        )


def _initial(options: argparse.Namespace, most: int) -> tuple[Path | None, int]:
    """Return the file of strings to start from, if any, and how many are evaluated."""
    default = max(1, min(most, options.budget // 5))
    given = options.initial
    if given is None:
        return None, min(options.num_initial or default, options.budget)
    try:
        number = int(given)
    except ValueError:
        return Path(given), min(options.num_initial or default, options.budget)
    if number < 1 or options.num_initial is not None:
        raise ConfigurationError(
            f"--initial {given}: give a number from 1 up (and not --num-initial beside it), or a "
            f"file of {'SMILES' if TASKS[options.task].is_molecular else options.task}"
        )
    return None, min(number, options.budget)


if __name__ == "__main__":
    sys.exit(main())
