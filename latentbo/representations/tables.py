"""Base of the tables of decoder masks: tensors and numbers that move to a device together."""

from dataclasses import dataclass, fields, replace
from typing import Any, Self

import torch
from torch import Tensor


@dataclass(frozen=True, eq=False)
class MaskTables:
    """Base of a mask's tables: a dataclass of tensors and numbers."""

    def to(self, device: torch.device) -> Self:
        """Return the tables on a device."""
        values = {each.name: getattr(self, each.name) for each in fields(self)}
        tensors: dict[str, Any] = {
            name: value.to(device) for name, value in values.items() if isinstance(value, Tensor)
        }
        return replace(self, **tensors)
