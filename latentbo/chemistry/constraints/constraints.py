"""Constraints on every molecule of a run, checked before a call of the objective."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from itertools import chain
from pathlib import Path
from typing import Any

from rdkit import Chem

from latentbo.chemistry.constraints.checks import (
    ALERTS,
    SIMILARITY,
    Check,
    Limit,
    alert_check,
    limit_check,
    pattern,
    pattern_check,
)
from latentbo.chemistry.filters import Violation
from latentbo.chemistry.properties import MOLECULE_PROPERTIES
from latentbo.chemistry.scaffold import Scaffold
from latentbo.chemistry.standardize import parse_molecule
from latentbo.chemistry.tables import Table, nearest_name, read_table
from latentbo.errors import ConfigurationError, InputError

LIMITED = (*MOLECULE_PROPERTIES, SIMILARITY)
TEXTS = ("required-smarts", "forbidden-smarts", "alerts")

#: The keys of the table `[constraints]`.
CONSTRAINT_KEYS = (
    *TEXTS,
    "lead",
    "scaffold",
    *chain.from_iterable((f"min-{name}", f"max-{name}") for name in LIMITED),
)

LISTED = f"{', '.join(TEXTS)}, lead, scaffold, and min-NAME and max-NAME of {', '.join(LIMITED)}"

# What others call the same.
WORDS = {
    **dict.fromkeys(("core", "keep", "keep-core"), 'scaffold = "c1cc([*:1])ccc1[*:2]"'),
    **dict.fromkeys(("required", "must-have", "include"), 'required-smarts = ["..."]'),
    **dict.fromkeys(("forbidden", "exclude", "avoid"), 'forbidden-smarts = ["..."]'),
    **dict.fromkeys(("filters", "catalogs", "catalogues"), 'alerts = ["Brenk"]'),
}

# These take longer than to look for a pattern.
COSTLY = ("sa", "logp", "bertz-complexity", "qed")


@dataclass(frozen=True)
class Constraints:
    """Rules for molecules; no rule at all by default.

    Attributes:
        required_smarts: Substructures that a molecule must have.
        forbidden_smarts: Substructures that it must not have.
        alerts: Catalogues of structural alerts (`ALERTS`) of which it must have none.
        lead: SMILES of the molecule to which `similarity` is measured (Tanimoto similarity of
            Morgan fingerprints, radius 2, 2048 bits).
        limits: Ranges of properties; each property once.
        scaffold: SMILES of a part that a molecule keeps, and that grows at its marks alone; see
            `latentbo.chemistry.scaffold.Scaffold`.

    Raises:
        ConfigurationError: If a SMARTS, the lead, the scaffold, a catalogue or a property cannot be
            used.
    """

    required_smarts: tuple[str, ...] = ()
    forbidden_smarts: tuple[str, ...] = ()
    alerts: tuple[str, ...] = ()
    lead: str | None = None
    limits: tuple[Limit, ...] = ()
    scaffold: str | None = None

    def __post_init__(self) -> None:
        for smarts in (*self.required_smarts, *self.forbidden_smarts):
            pattern(smarts)
        if self.scaffold is not None:
            Scaffold(self.scaffold)
        for name in self.alerts:
            _check_known(name, ALERTS, "catalogue of alerts")
        for limit in self.limits:
            _check_known(limit.name, LIMITED, "property")
        names = [limit.name for limit in self.limits]
        if len(set(names)) < len(names):
            raise ConfigurationError(f"a property is limited twice ({', '.join(names)}): join them")
        _check_lead(self.lead, SIMILARITY in names)

    @classmethod
    def from_dict(
        cls, entries: Mapping[str, Any], place: str = "the constraints", text: str = ""
    ) -> "Constraints":
        """Return the constraints of a table with some of `CONSTRAINT_KEYS`.

        Args:
            entries: The table.
            place: Where it stands, for messages.
            text: The text of its file, for the numbers of lines in messages.

        Raises:
            ConfigurationError: If there is another key (names the nearest), or a wrong value.
        """
        table = Table(entries, place, text)
        table.check_keys(CONSTRAINT_KEYS, LISTED, WORDS)
        required, forbidden, alerts = (table.strings(key) for key in TEXTS)
        lead, scaffold = (
            table.string(key) if key in entries else None for key in ("lead", "scaffold")
        )
        try:
            limits = tuple(_limits(table))
            return cls(required, forbidden, alerts, lead, limits, scaffold)
        except ConfigurationError as error:
            if str(error).startswith(place):
                raise
            raise table.error(str(error)) from error

    def to_dict(self) -> dict[str, Any]:
        """Return what `from_dict` reads, as JSON and TOML can hold it."""
        texts = (self.required_smarts, self.forbidden_smarts, self.alerts)
        entries: dict[str, Any] = {
            key: list(value) for key, value in zip(TEXTS, texts, strict=True) if value
        }
        if self.lead is not None:
            entries["lead"] = self.lead
        if self.scaffold is not None:
            entries["scaffold"] = self.scaffold
        for limit in self.limits:
            for side, value in (("min", limit.least), ("max", limit.most)):
                if value is not None:
                    entries[f"{side}-{limit.name}"] = value
        return entries

    def broken(self, molecule: Chem.Mol) -> Violation | None:
        """Return the first rule that a molecule breaks, None if it keeps all; cheap ones first."""
        for check in _checks(self):
            if violation := check(molecule):
                return violation
        return None

    def violated(self, molecule: Chem.Mol) -> str | None:
        """Return in words what a molecule breaks, such as `6.1 logP (at most 5)`, or None."""
        violation = self.broken(molecule)
        return None if violation is None else str(violation)

    def violation(self, smiles: str) -> Violation | None:
        """Return the first rule that a molecule breaks, as `MoleculeFilter.violation` does."""
        try:
            molecule = parse_molecule(smiles)
        except InputError:
            return Violation("not a readable molecule")
        return self.broken(molecule)

    def rejection(self, smiles: str) -> str | None:
        """Return why a molecule is refused, or None, as `MoleculeFilter.rejection` does."""
        violation = self.violation(smiles)
        return None if violation is None else str(violation)


def load_constraints(path: Path) -> Constraints | None:
    """Return the constraints of a TOML file's table `[constraints]`; None if it has none.

    Other tables of the file are left to their readers.

    Raises:
        ConfigurationError: If the file cannot be read, or a constraint cannot be used.
    """
    table = read_table(path)
    if "constraints" not in table.entries:
        return None
    place = f"{path.name}, [constraints]"
    return Constraints.from_dict(table.table("constraints", place).entries, place, table.text)


def _limits(table: Table) -> list[Limit]:
    limits = []
    for name in LIMITED:
        keys = (f"min-{name}", f"max-{name}")
        least, most = (table.number(key) if key in table.entries else None for key in keys)
        if least is not None or most is not None:
            limits.append(Limit(name, least, most))
    return limits


def _check_known(name: str, known: tuple[str, ...], what: str) -> None:
    if name not in known:
        raise ConfigurationError(
            f"there is no {what} {name!r}{nearest_name(name, known)}; use {', '.join(known)}"
        )


def _check_lead(lead: str | None, limited: bool) -> None:
    if limited and lead is None:
        raise ConfigurationError(
            "the similarity is limited, but not to which molecule; give its SMILES as lead"
        )
    if lead is not None and not limited:
        raise ConfigurationError(
            f"the lead {lead} limits nothing; give min-similarity or max-similarity, too"
        )
    if lead is not None:
        try:
            parse_molecule(lead)
        except InputError as error:
            raise ConfigurationError(f"the lead: {error}") from error


@cache
def _checks(constraints: Constraints) -> tuple[Check, ...]:
    """Return the checks in the order in which they are made."""
    order = {name: place for place, name in enumerate(LIMITED)}
    limits = sorted(constraints.limits, key=lambda limit: order[limit.name])
    lead = constraints.lead
    return (
        *(limit_check(limit, lead) for limit in limits if limit.name not in COSTLY),
        *(() if constraints.scaffold is None else (_scaffold_check(constraints.scaffold),)),
        *(pattern_check(smarts, True) for smarts in constraints.required_smarts),
        *(pattern_check(smarts, False) for smarts in constraints.forbidden_smarts),
        *(limit_check(limit, lead) for limit in limits if limit.name in COSTLY),
        *(alert_check(name) for name in constraints.alerts),
    )


def _scaffold_check(smiles: str) -> Check:
    scaffold, violation = Scaffold(smiles), Violation(f"does not keep the scaffold {smiles}")
    return lambda molecule: None if scaffold.is_kept(molecule) else violation
