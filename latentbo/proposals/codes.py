"""A cache of the codes of strings."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from torch import Tensor

from latentbo.models import TrainedModel
from latentbo.proposals.candidates import encode_known


@dataclass
class CodeCache:
    """Codes of the strings that a model can hold; each is computed once, and alone.

    In a batch the last bits of a code can depend on its neighbours. A resumed run encodes in other
    batches than an unbroken one, and a last bit can decide what is decoded.

    Args:
        model: The trained autoencoder.
    """

    model: TrainedModel
    _codes: dict[str, Tensor | None] = field(default_factory=dict)

    def of(self, strings: Sequence[str]) -> dict[str, Tensor]:
        """Return the `d`-dim codes of those of the strings that the model can hold, in order."""
        found = {string: self._code(string) for string in strings}
        return {string: code for string, code in found.items() if code is not None}

    def _code(self, string: str) -> Tensor | None:
        if string not in self._codes:
            codes, held = encode_known(self.model, [string])
            self._codes[string] = codes[0] if held else None
        return self._codes[string]
