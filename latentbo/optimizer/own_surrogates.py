"""The surrogates by name, those that users add included."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

from latentbo.errors import ConfigurationError
from latentbo.registry import Registry

if TYPE_CHECKING:  # settings must not wait for torch
    from torch import Tensor

    from latentbo.acquisition import StringSurrogate
    from latentbo.surrogates import FittedSurrogate

#: From n strings, their n values (doubles, maximised, repeated measurements averaged) and a seed.
FitStrings: TypeAlias = "Callable[[Sequence[str], Tensor, int], StringSurrogate]"
#: From an `n x d`-dim tensor of codes with the model's confidence, in units of about one, and the
#: `n x 1`-dim tensor of their values, very bad ones raised.
FitCodes: TypeAlias = "Callable[[Tensor, Tensor], FittedSurrogate]"
#: Inputs of a surrogate -> the preset that can use it.
PRESET_OF = {"strings": "hybrid", "codes": "latent"}


@dataclass(frozen=True)
class OwnSurrogate:
    """A user's surrogate.

    Args:
        fit: Fits it; see `FitStrings` and `FitCodes`.
        of: "strings" or "codes".
    """

    fit: Callable[..., Any]
    of: str


#: Name -> surrogate; None: one that the presets fit themselves.
SURROGATES: Registry[OwnSurrogate | None] = Registry(
    "surrogate", dict.fromkeys(("tanimoto", "fragments", "latent", "code", "curves", "exact"))
)


def register_surrogate(name: str, fit: "FitStrings | FitCodes", of: str = "strings") -> None:
    """Let `hybrid` (strings) or `latent` (codes) find a surrogate by its name.

    Args:
        name: For `--surrogate`, and for `surrogate` of `OptimizationConfig`.
        fit: Fits a surrogate, always the same for the same arguments; see `FitStrings`, `FitCodes`.
            A surrogate on strings has `predict` and `sample`, in the unit of the values; if it has
            a mapping `hyperparameters`, the ledger keeps it, so it must be JSON. A surrogate on
            codes is a `FittedSurrogate` around a botorch model.
        of: "strings" or "codes".

    Raises:
        ConfigurationError: If the name cannot be used, or `of` is something else.
    """
    if of not in PRESET_OF:
        raise ConfigurationError(f"of must be one of {', '.join(PRESET_OF)}, not {of!r}")
    SURROGATES.register(name, OwnSurrogate(fit, of))
