"""The sources of proposals by name, for the preset `hybrid`."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Protocol, TypeAlias

from latentbo import proposals
from latentbo.registry import Registry

if TYPE_CHECKING:  # settings must not wait for torch
    from latentbo.models import TrainedModel
    from latentbo.proposals.sources import ProposalSource


class SourceInputs(Protocol):
    """The part of a run's inputs that sources use; see `latentbo.optimizer.OptimizerInputs`."""

    @property
    def model(self) -> "TrainedModel":
        """The trained autoencoder."""

    @property
    def keep_aromatic(self) -> bool:
        """Whether graph moves keep aromatic rings aromatic."""


MakeSource: TypeAlias = "Callable[[SourceInputs], ProposalSource]"

SOURCES: Registry[MakeSource] = Registry(
    "source",
    {
        "latent": lambda inputs: proposals.LatentMoves(inputs.model),
        "graph": lambda inputs: proposals.GraphSource(inputs.keep_aromatic),
        "infill": lambda inputs: proposals.InfillMoves(inputs.model),
    },
)


def register_source(name: str, make: MakeSource) -> None:
    """Let `hybrid` find a source of proposals by its name, also on command lines.

    Args:
        name: For `--sources`, and for `sources` of `OptimizationConfig`.
        make: Makes the source from the inputs of the run, which it need not use.

    Raises:
        ConfigurationError: If the name cannot be used.

    Example:
        >>> class Homologues(ProposalSource):
        ...     name = "homologue"
        ...
        ...     def propose(self, parents, number, length, seed):
        ...         return {self.name: [f"C{parent}" for parent in parents[:number]]}
        >>> register_source("homologue", lambda inputs: Homologues())
    """
    SOURCES.register(name, make)
