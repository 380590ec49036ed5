"""The plan of a study: its models, and its jobs in the order of their importance."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Self

from study.jobs import Job, python_module

#: Name on the command line -> name in tables, in the order of the thesis's tables.
METHODS = {
    "gvae": "GVAE",
    "cvae": "CVAE",
    "gcvvae": "GCVVAE",
    "grae": "GRAE",
    "gmm-ks": "GMM-KS",
}
STAGES = ("train", "gp", "kusner2017", "held-out", "black-box", "ablations", "faults", "tables")
#: Name -> options; `black-box` is `held-out` with a surrogate without features of strings.
PROTOCOLS = {
    "kusner2017": ("--protocol", "kusner2017"),
    "held-out": ("--protocol", "held-out"),
    "black-box": ("--protocol", "held-out", "--surrogate", "fragments"),
}
#: Known faults of the published protocol: name -> options that fix it.
FAULTS: dict[str, tuple[str, ...]] = {
    "standardize": ("--standardize",),
    "reencode": ("--reencode",),
    "finish": ("--finish",),
    "leave-out-invalid": ("--invalid", "leave-out"),
    "exclude-answer": ("--exclude-above=-0.4",),
}
#: Term of the regularizer -> name in tables.
TERMS = {"ks": "KS", "covariance": "covariance"}
COMPONENTS = (1, 5, 10, 20, 25)

_NAME = re.compile(
    rf"(?P<method>{'|'.join(METHODS)})-(?P<network>published|autoregressive)-seed(?P<seed>\d+)"
    r"(?P<drop_best>-drop-best)?(?P<two_terms>-two-terms)?(-without-(?P<without>ks|covariance))?"
    r"(-components(?P<components>\d+))?"
)


@dataclass(frozen=True)
class Model:
    """A training run, with the parts of its name.

    Args:
        method: One of `METHODS`.
        network: "published" or "autoregressive".
        seed: Of the training.
        drop_best: Whether it was trained without the best half of the data.
        two_terms: Whether the regularizer has the thesis's two terms alone, not our further ones.
        without: Regularizer term left out, "ks" or "covariance".
        components: Of the prior; None: the method's default.
    """

    method: str
    network: str = "published"
    seed: int = 0
    drop_best: bool = False
    two_terms: bool = False
    without: str | None = None
    components: int | None = None

    @property
    def name(self) -> str:
        """Name of its folder."""
        parts = [f"{self.method}-{self.network}-seed{self.seed}"]
        parts += ["drop-best"] * self.drop_best
        parts += ["two-terms"] * self.two_terms
        parts += [f"without-{self.without}"] if self.without else []
        parts += [f"components{self.components}"] if self.components else []
        return "-".join(parts)

    @property
    def label(self) -> str:
        """Name of its row, without the training seed."""
        label = METHODS[self.method]
        label += ", autoregressive" if self.network == "autoregressive" else ""
        label += ", two terms" if self.two_terms else ""
        label += f", without {TERMS[self.without]}" if self.without else ""
        return label + (f", K = {self.components}" if self.components else "")

    @property
    def is_plain(self) -> bool:
        """Whether it is not an ablation."""
        return self.without is None and self.components is None and not self.two_terms

    @property
    def options(self) -> tuple[str, ...]:
        """Its part of the command line of `latentbo.train`."""
        given = ["--method", self.method, "--network", self.network, "--seed", str(self.seed)]
        given += ["--drop-best", "0.5"] if self.drop_best else []
        given += ["--regularizer", "gmm-ks-thesis"] if self.two_terms else []
        given += ["--term-weights", f"{self.without}=0"] if self.without else []
        given += ["--components", str(self.components)] if self.components else []
        return tuple(given)

    @classmethod
    def from_name(cls, name: str) -> Self | None:
        """Return the model of a folder's name; None if the name is not of this form."""
        match = _NAME.fullmatch(name)
        if match is None:
            return None
        found = match.groupdict()
        return cls(
            found["method"],
            found["network"],
            int(found["seed"]),
            found["drop_best"] is not None,
            found["two_terms"] is not None,
            found["without"],
            int(found["components"]) if found["components"] else None,
        )


@dataclass(frozen=True)
class Study:
    """A study of one task.

    Args:
        task: "expressions" or "molecules".
        methods: In the order of their importance.
        autoregressive: Whether GMM-KS is also trained with the autoregressive network.
        network: Of all methods, "published" or "autoregressive".
        bo_seeds: Method -> number of optimization runs per protocol.
        other_bo_seeds: The same for other methods.
        training_seeds: Number of trainings of GMM-KS.
        extra_bo_seeds: Runs per protocol of its further trainings.
        fault_seeds: Runs per fault.
        gp_seeds: Number of splits of the GP evaluation.
        modern_gp: Whether to run the GP evaluation also with modern settings.
        components: Prior sizes of the ablation; the default one needs no extra training.
        default_components: The default size.
        stages: Default stages.
        epochs: Passes over the data; None: the method's default.
        train_options: Further options of every training, such as smaller sizes.
        limit: Maximum number of strings of the data; None: all.
        data: File of these strings in the study's folder; None: the task's data set.
        device: Device of the trainings.
        smoke_options: Command ("train", "gp", or a protocol) -> options of a tiny run.
        minutes: Stage -> estimate of a job's duration on one core.
    """

    task: str
    methods: tuple[str, ...]
    autoregressive: bool = True
    network: str = "published"
    bo_seeds: Mapping[str, int] = field(default_factory=lambda: {"gmm-ks": 10, "gvae": 10})
    other_bo_seeds: int = 5
    training_seeds: int = 3
    extra_bo_seeds: int = 3
    fault_seeds: int = 3
    gp_seeds: int = 5
    modern_gp: bool = True
    components: tuple[int, ...] = COMPONENTS
    default_components: int = 25
    stages: tuple[str, ...] = STAGES
    epochs: float | None = None
    train_options: tuple[str, ...] = ()
    limit: int | None = None
    data: str | None = None
    device: str = "cpu"
    smoke_options: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    minutes: Mapping[str, float] = field(default_factory=dict)

    def num_bo_seeds(self, model: Model) -> int:
        """Return the number of optimization runs of a model per protocol."""
        if model.seed > 0:
            return self.extra_bo_seeds
        if model.network != self.network:
            return self.other_bo_seeds
        return self.bo_seeds.get(model.method, self.other_bo_seeds)

    def models(self) -> list[Model]:
        """Return the models of the comparison, each method's first training."""
        models = [Model(method, self.network) for method in self.methods]
        more = self.autoregressive and self.network == "published"
        if more and "gmm-ks" in self.methods:
            models.insert(2, Model("gmm-ks", "autoregressive"))
        return models

    def further_trainings(self) -> list[Model]:
        """Return GMM-KS with the other training seeds."""
        if "gmm-ks" not in self.methods:
            return []
        return [Model("gmm-ks", self.network, seed) for seed in range(1, self.training_seeds)]

    def ablations(self) -> list[Model]:
        """Return the models without some terms, or with another number of components.

        Also without our further terms: with them, other terms compensate for a missing one.
        """
        if "gmm-ks" not in self.methods:
            return []
        others = [k for k in self.components if k != self.default_components]
        plain = Model("gmm-ks", self.network)
        return [
            *(replace(plain, without=term) for term in TERMS),
            replace(plain, two_terms=True),
            *(replace(plain, two_terms=True, without=term) for term in TERMS),
            *(replace(plain, components=k) for k in others),
        ]


def plan(study: Study) -> list[Job]:
    """Return the jobs: all rows of each table with few seeds first, then more seeds.

    With `kusner2017` and without `held-out`, models that only the latter needs are not trained.
    """
    first, further, ablations = study.models(), study.further_trainings(), study.ablations()
    early = max(1, min(3, study.other_bo_seeds))
    jobs = [*_trainings(study, first)]
    if "kusner2017" not in study.stages:
        # Otherwise its runs evaluate the same GP on the same split before the search.
        jobs += _gp(study, first)
    jobs += _trainings(study, _dropped(first))
    jobs += _searches(study, first, range(early))
    jobs += _gp(study, first if study.modern_gp else [], modern=True)
    jobs += [*_trainings(study, ablations, "ablations"), *_gp(study, ablations, "ablations")]
    jobs += [*_trainings(study, further), *_gp(study, further)]
    jobs += _faults(study)
    jobs += _searches(study, first, range(early, 1000))
    jobs += [*_trainings(study, _dropped(further)), *_searches(study, further, range(1000))]
    jobs = [job for job in jobs if job.stage in study.stages]
    if "kusner2017" in study.stages and "held-out" not in study.stages:
        unused = {f"train/{m.name}" for m in _dropped([*first, *further])}
        jobs = [job for job in jobs if job.name not in unused]
    return jobs


def in_order(models: Iterable[Model]) -> list[Model]:
    """Sort variants of a model: the plain one, those without terms, by number of components."""
    return sorted(models, key=lambda m: (m.components or 0, m.two_terms, m.without or "", m.name))


def _dropped(models: Iterable[Model]) -> list[Model]:
    return [Model(m.method, m.network, m.seed, drop_best=True) for m in models]


def _job(
    study: Study, name: str, stage: str, kind: str, command: list[str], needs: tuple[str, ...]
) -> Job:
    module, resumable, results = {
        "train": ("latentbo.train", "training.json", ("model.safetensors", "model_card.md")),
        "gp": ("latentbo.evaluate", "gp.jsonl", ("gp.json",)),
    }.get(kind, ("latentbo.optimize", "config.json", ("ledger.sqlite", "report.html")))
    data = ["--data", study.data] if study.data else []
    small = study.smoke_options.get(kind, ())
    start = python_module(module, *command, *data, *small, "--threads", "1", "--out", name)
    resume = start if kind == "gp" else python_module(module, "--resume", name)
    minutes = study.minutes.get(kind, 1.0)
    return Job(name, stage, kind, start, resume, resumable, results, needs, minutes)


def _trainings(study: Study, models: Iterable[Model], stage: str = "train") -> Iterator[Job]:
    for model in models:
        command = [study.task, *model.options, "--device", study.device, "--quiet"]
        command += ["--epochs", f"{study.epochs:g}"] if study.epochs else []
        command += study.train_options
        yield _job(study, f"train/{model.name}", stage, "train", command, ())


def _gp(
    study: Study, models: Iterable[Model], stage: str = "gp", modern: bool = False
) -> Iterator[Job]:
    for model in models:
        folder = f"train/{model.name}"
        command = ["gp", study.task, "--model", folder, "--seeds", str(study.gp_seeds)]
        command += ["--modern"] if modern else []
        name = f"gp/{model.name}{'-modern' if modern else ''}"
        yield _job(study, name, stage, "gp", command, (folder,))


def _searches(study: Study, models: list[Model], seeds: range) -> Iterator[Job]:
    """The runs of both protocols, seed by seed, so that all methods progress together."""
    most = max((study.num_bo_seeds(model) for model in models), default=0)
    for seed in range(seeds.start, min(seeds.stop, most)):
        for protocol in PROTOCOLS:
            for model in models if protocol == "kusner2017" else _dropped(models):
                if seed < study.num_bo_seeds(model) and _is_run(study, protocol, model):
                    name = f"{protocol}/{model.name}/seed{seed}"
                    yield _search(study, name, protocol, protocol, model, seed)


def _is_run(study: Study, protocol: str, model: Model) -> bool:
    """Whether a run is planned: `black-box` runs for GMM-KS only, and not for molecules."""
    return protocol != "black-box" or (study.task == "expressions" and model.method == "gmm-ks")


def _search(
    study: Study, name: str, stage: str, protocol: str, model: Model, seed: int, *options: str
) -> Job:
    folder = f"train/{model.name}"
    command = [study.task, *PROTOCOLS[protocol], "--model", folder, "--seed", str(seed)]
    command += [*options, "--quiet"]
    return _job(study, name, stage, protocol, command, (folder,))


def _faults(study: Study) -> Iterator[Job]:
    """GMM-KS with one fault of the published protocol fixed; plain runs are the comparison."""
    if "gmm-ks" not in study.methods:
        return
    model = Model("gmm-ks", study.network)
    for seed in range(study.fault_seeds):
        for fault, options in FAULTS.items():
            name = f"faults/{fault}/{model.name}/seed{seed}"
            yield _search(study, name, "faults", "kusner2017", model, seed, *options)
