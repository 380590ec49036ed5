"""What the surrogate sees of a string: its code, and how sure the model is of it."""

from collections.abc import Sequence

import torch
from torch import Tensor

from latentbo.models import TrainedModel

__all__ = ["NUM_CONFIDENCE", "Featurizer"]

# Codes are scaled to about the unit cube: the prior's mean is 0.5, ten standard deviations are 1.
SCALE = 10.0
NUM_CONFIDENCE = 2
# Nats a token from which on a string is simply one that the model cannot hold.
MOST_NATS = 2.0


class Featurizer:
    """Codes in units of the prior, and the model's confidence behind them.

    The confidence is two numbers: the decoder's negative log-likelihood a token of the string given
    its own code, and the string's length. A string that the model does not reconstruct is mostly
    one of its slips (a ring closed at the wrong atom), and slips have bad values: that can be known
    without asking the oracle.
    """

    def __init__(self, model: TrainedModel) -> None:
        self.model = model
        self.mean = model.prior.mean
        self.deviation = model.prior.covariance.diagonal().sqrt()

    @property
    def num_features(self) -> int:
        """Number of columns: those of a code, then the confidence."""
        return self.model.num_dimensions + NUM_CONFIDENCE

    def features(self, strings: Sequence[str], codes: Tensor) -> Tensor:
        """Return the `n x num_features` doubles of strings with these `n x d` codes."""
        if not strings:
            return torch.empty(0, self.num_features, dtype=torch.float64)
        tokens = self.model.representation.encode(strings)
        nats = -self.model.log_likelihood(tokens, codes).clamp(min=-MOST_NATS)
        lengths = (tokens != 0).sum(1) / tokens.shape[1]
        scaled = 0.5 + (codes - self.mean) / self.deviation / SCALE
        return torch.cat([scaled, nats[:, None], lengths[:, None]], 1).double()

    def codes(self, features: Tensor) -> Tensor:
        """Return the `n x d` codes (float32) of scaled features."""
        scaled = features[:, : self.model.num_dimensions].float()
        return (scaled - 0.5) * SCALE * self.deviation + self.mean
