"""Inputs of the surrogate: a string's code, the model's confidence in it, its composition."""

from collections.abc import Callable, Sequence

import torch
from torch import Tensor

from latentbo.models import TrainedModel

# Codes are scaled to about the unit cube: the prior's mean is 0.5, ten standard deviations are 1.
SCALE = 10.0
NUM_CONFIDENCE = 2
# Nats a token from which on a string is simply one that the model cannot hold.
MOST_NATS = 2.0
# Share of the prior's deviation below which a dimension of the data has no spread.
LEAST_SPREAD = 1e-3


class Featurizer:
    """Codes in units of the prior, the confidence of the model, counts of fragments, descriptors.

    The confidence is two numbers: the decoder's negative log-likelihood a token of the string given
    its own code, and the string's length. A string that the model does not reconstruct is mostly
    one of its slips (a ring closed at the wrong atom), and slips have bad values: that can be known
    without asking the oracle.

    Args:
        model: The autoencoder.
        count: Strings to an `n x num_counts` tensor of counts; None: no such columns.
        describe: Strings to an `n x num_descriptors` tensor, in units of about one; None: the same.
        confidence: Whether there are columns of the model's confidence.
    """

    def __init__(
        self,
        model: TrainedModel,
        count: Callable[[Sequence[str]], Tensor] | None = None,
        describe: Callable[[Sequence[str]], Tensor] | None = None,
        *,
        confidence: bool = True,
    ) -> None:
        self.model = model
        self.count = count
        self.describe = describe
        self.num_counts = 0 if count is None else count([]).shape[1]
        self.num_descriptors = 0 if describe is None else describe([]).shape[1]
        self.num_confidence = NUM_CONFIDENCE if confidence else 0
        self.mean = model.prior.mean
        self.deviation = model.prior.covariance.diagonal().sqrt()

    def scale_to(self, codes: Tensor) -> None:
        """Measure codes by the mean and deviation of `n x d` codes from now on, not the prior's.

        A dimension without spread keeps the prior's deviation; fewer than two codes change nothing.
        """
        if len(codes) < 2:
            return
        deviation = codes.std(0)
        is_used = deviation > LEAST_SPREAD * self.deviation
        self.mean, self.deviation = codes.mean(0), torch.where(is_used, deviation, self.deviation)

    @property
    def num_features(self) -> int:
        """Number of columns."""
        own = self.model.num_dimensions + self.num_confidence
        return own + self.num_counts + self.num_descriptors

    def features(self, strings: Sequence[str], codes: Tensor) -> Tensor:
        """Return the `n x num_features` doubles of strings with these `n x d` codes."""
        if not strings:
            return torch.empty(0, self.num_features, dtype=torch.float64)
        columns = [(0.5 + (codes - self.mean) / self.deviation / SCALE).double()]
        if self.num_confidence:
            tokens = self.model.representation.encode(strings)
            nats = -self.model.log_likelihood(tokens, codes).clamp(min=-MOST_NATS)
            lengths = (tokens != 0).sum(1) / tokens.shape[1]
            columns += [nats[:, None].double(), lengths[:, None].double()]
        if self.count is not None:
            columns.append(self.count(strings).double())
        if self.describe is not None:
            columns.append(self.describe(strings).double())
        return torch.cat(columns, 1)

    def codes(self, features: Tensor) -> Tensor:
        """Return the `n x d` codes (float32) of scaled features."""
        scaled = features[:, : self.model.num_dimensions].float()
        return (scaled - 0.5) * SCALE * self.deviation + self.mean
