"""Default settings of a training run for a task's strings.

Plain values: the classes that they are for need torch.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class NetworkRecipe:
    """Defaults of training runs with one kind of network.

    Args:
        sizes: Of the network: fields of its configuration.
        training: Fields of `latentbo.training.TrainingConfig`.
        own: Further ones, of a training without a method of the thesis's comparison.
    """

    sizes: Mapping[str, Any] = field(default_factory=dict)
    training: Mapping[str, Any] = field(default_factory=dict)
    own: Mapping[str, Any] = field(default_factory=dict)


# The published training had no decay, no noise on codes, and its decoder sees no tokens to drop.
# Its learning rate fell by 5 on a plateau; ours follows a cosine, which needs no validation loss.
_PUBLISHED_TRAINING: dict[str, Any] = {
    "reconstruction": "binary",
    "token_dropout": 0.0,
    "weight_decay": 0.0,
    "latent_noise": 0.0,
    "warmup_steps": 100,
}


def short_strings(representation: str) -> dict[str, NetworkRecipe]:
    """Return the recipes for short strings of few symbols, by kinds of network.

    Args:
        representation: Name of their representation.
    """
    return {
        "autoregressive": NetworkRecipe(
            {
                "num_dimensions": 25,
                "embedding_width": 32,
                "encoder_width": 64,
                "decoder_width": 192,
                "decoder_layers": 1,
            },
            {
                "representation": representation,
                # Small batches: the network is small, and learns with the number of steps.
                "batch_size": 256,
                "learning_rate": 2e-3,
                "epochs": 20.0,
                "min_count": 1,
                "warmup_steps": 100,
                "latent_noise": 0.1,
            },
        ),
        "published": NetworkRecipe(
            {},  # the defaults are those that were published for expressions
            {
                **_PUBLISHED_TRAINING,
                "representation": representation,
                "batch_size": 600,
                "epochs": 50.0,
                "min_count": 1,
            },
        ),
    }


#: For drug-like molecules, by kinds of network.
MOLECULE_RECIPES = {
    "autoregressive": NetworkRecipe(
        {
            "num_dimensions": 64,
            "embedding_width": 128,
            "encoder_width": 256,
            "decoder_width": 512,
            "decoder_layers": 2,
        },
        # Groups of similar length pay on a CPU; molecules' lengths differ enough.
        {"length_groups": 3},
        # The recipe of the shipped model.
        {
            "representation": "smiles",
            "vocabulary_size": 1024,
            "epochs": 20.0,
            "batch_size": 384,
            "learning_rate": 1.5e-3,
            "warmup_steps": 200,
            # Weights are against the mean a token, and a merged token costs four times as much.
            "regularizer_weight": 0.06,
            "latent_noise": 1.0,
            "noise_levels": "interpolated",
            "token_dropout": 0.0,
        },
    ),
    "published": NetworkRecipe(
        {
            "num_dimensions": 56,
            "max_length": 277,
            "filters": (9, 9, 10),
            "widths": (9, 9, 11),
            "batch_norm": False,
            "dense_width": 435,
            "gru_width": 501,
        },
        {**_PUBLISHED_TRAINING, "batch_size": 500, "epochs": 100.0},
    ),
}
