from dataclasses import replace
from typing import Any

import pytest

from latentbo.errors import ConfigurationError
from latentbo.models import NETWORKS, NetworkConfig, PublishedConfig, make_prior, network_kind
from latentbo.regularizers import make_regularizer
from latentbo.representations import REPRESENTATIONS
from latentbo.tasks import TASKS
from latentbo.training.methods import METHODS, Recipe, recipe


@pytest.mark.parametrize("task", TASKS)
@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("network", NETWORKS)
def test_every_method_works_with_every_network(task: str, method: str, network: str) -> None:
    found = recipe(task, method, network)
    assert network_kind(found.network) == network
    assert found.training.representation in REPRESENTATIONS
    prior = make_prior(found.prior, found.network.num_dimensions)
    regularizer = make_regularizer(found.training.regularizer_config, prior)
    assert regularizer.requires_variance == found.network.variational
    assert found.training.regularizer_weight > 0
    if isinstance(found.network, PublishedConfig):
        assert found.network.max_length == found.training.max_length


@pytest.mark.parametrize("task", TASKS)
def test_methods_differ_in_what_the_table_says_only(task: str) -> None:
    own = {"representation", "max_length", "regularizer", "regularizer_weight"}
    own |= {"term_weights", "latent_noise"}
    found = [vars(recipe(task, method).training) for method in METHODS]
    for settings in found[1:]:
        assert {name for name in settings if settings[name] != found[0][name]} <= own
    sizes = [vars(recipe(task, method).network) for method in METHODS]
    for settings in sizes[1:]:
        different = {name for name in settings if settings[name] != sizes[0][name]}
        assert different <= {"max_length", "variational"}


def test_methods_are_what_they_are_called() -> None:
    found: dict[str, Recipe] = {method: recipe("expressions", method) for method in METHODS}
    components = {method: one.prior.num_components for method, one in found.items()}
    assert components == {"gmm-ks": 25, "gvae": 1, "cvae": 1, "gcvvae": 1, "grae": 1}
    assert {m for m, one in found.items() if one.network.variational} == {"gvae", "cvae"}
    assert {m for m, one in found.items() if one.training.latent_noise} == {"gcvvae"}
    assert found["cvae"].training.representation == "characters"
    assert found["cvae"].training.max_length == 20
    assert "decoder" in found["grae"].training.regularizer_config.weights
    # The published divergence is a mean over the dimensions.
    for task in TASKS:
        gvae = recipe(task, "gvae")
        weight = METHODS["gvae"].regularizer_weight["published"]
        assert gvae.training.regularizer_weight * gvae.network.num_dimensions == weight


@pytest.mark.parametrize("task", TASKS)
def test_published_settings(task: str) -> None:
    found = recipe(task, "gvae")
    assert found.training.batch_size == {"expressions": 600, "molecules": 500}[task]
    assert found.training.epochs == {"expressions": 50, "molecules": 100}[task]
    assert found.training.reconstruction == "binary"
    assert found.training.learning_rate == 1e-3
    assert isinstance(found.network, PublishedConfig)
    sizes = PublishedConfig(**{**TASKS[task].recipes["published"].sizes, "variational": True})
    assert replace(found.network, max_length=sizes.max_length) == sizes


def test_without_a_method_molecules_get_sizes_and_noise_of_the_model_that_ships() -> None:
    found = recipe("molecules")
    assert (found.training.representation, found.training.vocabulary_size) == ("smiles", 1024)
    assert (found.training.noise_levels, found.training.latent_noise) == ("interpolated", 1)
    assert found.training.max_length == 121
    assert found.network == NetworkConfig(64, 128, 256, 512, 2)
    assert found.prior.num_components == 64
    plain = recipe("molecules", options={"representation": "selfies", "vocabulary_size": 0})
    assert (plain.training.vocabulary_size, plain.training.max_length) == (None, 79)


def test_noise_fits_what_is_asked_for() -> None:
    variational = recipe("molecules", options={"regularizer": "kl"}).training
    assert (variational.latent_noise, variational.noise_levels) == (0, "fixed")
    own = recipe("molecules", options={"latent_noise": 0.2}).training
    assert (own.latent_noise, own.noise_levels) == (0.2, "fixed")
    method = recipe("molecules", "gmm-ks", "autoregressive").training
    assert (method.noise_levels, method.vocabulary_size) == ("fixed", None)


def test_options_override_the_table() -> None:
    options: dict[str, Any] = {
        **{"epochs": 2.0, "regularizer": "mmd", "latent_size": 7, "components": 5},
        **{"prior_scale": 4.0, "max_length": 30, "seed": None, "quiet": True},
    }
    found = recipe("expressions", "gvae", None, options)
    assert (found.training.epochs, found.training.regularizer) == (2.0, "mmd")
    assert found.training.seed == 0
    assert isinstance(found.network, PublishedConfig)
    assert (found.network.num_dimensions, found.network.max_length) == (7, 30)
    assert not found.network.variational
    assert (found.prior.num_components, found.prior.scale) == (5, 4.0)


def test_the_published_decoder_can_be_made_smaller() -> None:
    found = recipe("molecules", "gvae", None, {"decoder_width": 12, "decoder_layers": 2})
    assert isinstance(found.network, PublishedConfig)
    assert (found.network.gru_width, found.network.gru_layers) == (12, 2)


def test_terms_can_be_taken_away() -> None:
    options = {"term_weights": {"ks": 0.0}}
    found = recipe("expressions", "gmm-ks", None, options)
    assert set(found.training.regularizer_config.weights) == {"covariance", "mean", "sliced"}


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("expressions", "magic"), "unknown method 'magic'; choose one of gmm-ks, gvae"),
        (("expressions", None, "magic"), "no 'magic' network for 'expressions'"),
        (("poems",), "unknown task 'poems': choose one of molecules, expressions"),
        (
            ("expressions", "gvae", None, {"encoder_width": 9}),
            "--encoder-width is no option of the published network",
        ),
        (("expressions", "gvae", None, {"max_length": 4}), "max_length must be at least 7"),
        (("expressions", "gvae", None, {"reconstruction": "x"}), "unknown reconstruction 'x'"),
        (("expressions", "gvae", None, {"term_weights": {"x": 1.0}}), "unknown term 'x'"),
    ],
)
def test_what_does_not_fit_is_refused(arguments: tuple[Any, ...], message: str) -> None:
    with pytest.raises(ConfigurationError, match=message):
        recipe(*arguments)
