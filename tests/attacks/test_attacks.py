from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from torch import Tensor

from latentbo.attacks import (
    Attack,
    AttackedModel,
    Budget,
    DamageGoal,
    FastGradientSign,
    LatentGoal,
    ProjectedGradient,
    QuasiNewton,
    ShiftGoal,
    StrongestOf,
    strongest,
)
from latentbo.errors import ConfigurationError, InputError
from latentbo.images.models import EvaluatedAutoencoder

Seeded = Callable[[int], torch.Generator]


def evaluation_attacks(images: Tensor) -> list[Attack]:
    goals = (LatentGoal(images.roll(1, 0)), DamageGoal(), ShiftGoal())
    quick: list[Attack] = [ProjectedGradient(goal, 10, 2) for goal in goals]
    return [*quick, *(QuasiNewton(goal, max_iterations=8) for goal in goals)]


class TestEveryAttack:
    @settings(
        max_examples=settings().max_examples // 12,
        suppress_health_check=[HealthCheck.function_scoped_fixture],
    )
    @given(radius=st.floats(1e-6, 20), seed=st.integers(0, 1000))
    def test_keeps_the_budget_for_each_image(
        self, model: AttackedModel, images: Tensor, radius: float, seed: int
    ) -> None:
        # So does an image that repeats another, and blank ones.
        images = torch.cat([images[:2], images[:1], torch.zeros_like(images[:1])])
        pairs = [(attack, Budget(radius)) for attack in evaluation_attacks(images)]
        for attack, budget in [*pairs, (FastGradientSign(), Budget(radius, "maximum"))]:
            result = attack(model, images, budget, torch.Generator().manual_seed(seed))
            assert bool((budget.norms(images, result.inputs) <= radius).all())
            assert torch.equal(result.record.norms, budget.norms(images, result.inputs))
            assert bool(((result.inputs >= 0) & (result.inputs <= 1)).all())

    def test_the_record_belongs_to_the_inputs(
        self, model: AttackedModel, images: Tensor, seeded: Seeded
    ) -> None:
        for attack in evaluation_attacks(images):
            result = attack(model, images, Budget(1.0), seeded(0))
            record, codes = result.record, model.encode(result.inputs)
            if record.goal == "latent":
                expected = (codes - model.encode(images.roll(1, 0))).norm(dim=1)
                clean = (model.encode(images) - model.encode(images.roll(1, 0))).norm(dim=1)
                torch.testing.assert_close(record.references, clean)
                assert bool((record.relative_losses < 1).all())
            elif record.goal == "damage":
                change = model.decode(codes) - model.decode(model.encode(images))
                expected = change.flatten(1).norm(dim=1)
            else:
                expected = (codes - model.encode(images)).norm(dim=1)
            torch.testing.assert_close(record.losses, expected)
            assert record.maximised == (record.goal != "latent")
            assert record.evaluations > 1
            assert record.seconds > 0

    def test_repeats(self, model: AttackedModel, images: Tensor, seeded: Seeded) -> None:
        for attack in evaluation_attacks(images):
            first, again, other = (
                attack(model, images, Budget(1.0), seeded(seed)).inputs for seed in (0, 0, 1)
            )
            assert torch.equal(first, again)
            assert not torch.equal(first, other)

    def test_leaves_the_model_alone(
        self, network: Any, model: AttackedModel, images: Tensor, seeded: Seeded
    ) -> None:
        before = {name: value.clone() for name, value in network.state_dict().items()}
        for attack in evaluation_attacks(images):
            attack(model, images.requires_grad_(), Budget(1.0), seeded(0))
        assert network.training
        assert images.grad is None
        assert all(parameter.grad is None for parameter in network.parameters())
        assert all(torch.equal(before[name], value) for name, value in network.state_dict().items())

    def test_more_budget_does_more(
        self, model: AttackedModel, images: Tensor, seeded: Seeded
    ) -> None:
        for make in (lambda g: ProjectedGradient(g, 40, 2), lambda g: QuasiNewton(g, 1, 20)):
            for goal in (LatentGoal(images.roll(1, 0)), DamageGoal()):
                means = [
                    float(make(goal)(model, images, Budget(radius), seeded(0)).record.losses.mean())
                    for radius in (0.3, 1.0, 3.0)
                ]
                assert means == sorted(means, reverse=goal.name == "latent")

    @pytest.mark.parametrize(
        ("inputs", "message"),
        [
            (torch.full((1, 1, 8, 8), 1.1), "reach from 1.1.* to 1.1.*: attacks need finite"),
            (torch.full((1, 1, 8, 8), float("nan")), "attacks need finite values"),
            (torch.zeros(1, 1, 8, 8).byte(), r"inputs are \(1, 1, 8, 8\) of torch.uint8"),
            (torch.zeros(0, 1, 8, 8), r"inputs are \(0, 1, 8, 8\)"),
        ],
    )
    def test_inputs(
        self, model: AttackedModel, inputs: Tensor, message: str, seeded: Seeded
    ) -> None:
        for attack in (ProjectedGradient(DamageGoal()), QuasiNewton(DamageGoal())):
            with pytest.raises(InputError, match=message):
                attack(model, inputs, Budget(1.0), seeded(0))
        with pytest.raises(InputError, match=message):
            FastGradientSign()(model, inputs, Budget(1.0, "maximum"), seeded(0))


class TestKnownSolutions:
    """Of a linear model, far from the ends of the range."""

    def test_shift_is_the_largest_singular_value(self, linear_model: Any, seeded: Seeded) -> None:
        inputs = torch.full((3, 12), 0.5, dtype=torch.float64)
        largest = float(torch.linalg.matrix_norm(linear_model.encoder, 2))
        for attack in (QuasiNewton(ShiftGoal()), ProjectedGradient(ShiftGoal())):
            losses = attack(linear_model, inputs, Budget(0.2), seeded(0)).record.losses
            assert losses.tolist() == pytest.approx(3 * [0.2 * largest], rel=2e-3)

    def test_damage_is_that_of_the_product(self, linear_model: Any, seeded: Seeded) -> None:
        inputs = torch.full((3, 12), 0.5, dtype=torch.float64)
        both = linear_model.encoder @ linear_model.decoder
        largest = float(torch.linalg.matrix_norm(both, 2))
        for attack in (QuasiNewton(DamageGoal()), ProjectedGradient(DamageGoal())):
            losses = attack(linear_model, inputs, Budget(0.2), seeded(0)).record.losses
            assert losses.tolist() == pytest.approx(3 * [0.2 * largest], rel=2e-3)

    def test_latent_is_that_of_the_trust_region(self, linear_model: Any, seeded: Seeded) -> None:
        source = torch.Generator().manual_seed(2)
        inputs = 0.4 + 0.2 * torch.rand(4, 12, generator=source, dtype=torch.float64)
        targets = torch.rand(4, 12, generator=source, dtype=torch.float64)
        matrix = linear_model.encoder
        wanted = (targets - inputs) @ matrix
        expected = []
        for row in wanted:
            # min |delta A - row| with |delta| = 0.2: delta = row A^T (A A^T + m)^-1 for one m.
            low, high = 0.0, 1e6
            for _ in range(200):
                middle = (low + high) / 2
                gram = matrix @ matrix.T + middle * torch.eye(12, dtype=torch.float64)
                delta = torch.linalg.solve(gram, matrix @ row)
                low, high = (middle, high) if float(delta.norm()) > 0.2 else (low, middle)
            expected.append(float((delta @ matrix - row).norm()))
        goal = LatentGoal(targets)
        for attack in (QuasiNewton(goal), ProjectedGradient(goal)):
            losses = attack(linear_model, inputs, Budget(0.2), seeded(0)).record.losses
            assert losses.tolist() == pytest.approx(expected, rel=1e-3)

    def test_a_target_within_reach_is_reached(self, linear_model: Any, seeded: Seeded) -> None:
        inputs = torch.full((2, 12), 0.5, dtype=torch.float64)
        goal = LatentGoal(inputs + 0.01)
        for attack in (QuasiNewton(goal), ProjectedGradient(goal)):
            record = attack(linear_model, inputs, Budget(1.0), seeded(0)).record
            assert float(record.relative_losses.max()) < 0.01


class TestQuasiNewton:
    def test_finds_as_much_in_a_model_that_hardly_moves(
        self, linear_model: Any, seeded: Seeded
    ) -> None:
        images = torch.full((3, 1, 3, 4), 0.5, dtype=torch.float64)
        budget, attack = Budget(0.3), QuasiNewton(DamageGoal())
        whole = attack(linear_model, images, budget, seeded(0)).record.losses
        still = replace(linear_model, decoder=1e-9 * linear_model.decoder)
        losses = attack(still, images, budget, seeded(0)).record.losses
        torch.testing.assert_close(1e9 * losses, whole, rtol=1e-3, atol=0.0)

    def test_each_image_is_a_problem_of_its_own(
        self, model: AttackedModel, images: Tensor, seeded: Seeded
    ) -> None:
        # A model that would see a batch refuses it; a code depends on nothing but its image.
        class OneByOne:
            def __init__(self) -> None:
                self.sizes: list[int] = []

            def encode(self, images: Tensor, /) -> Tensor:
                self.sizes.append(len(images))
                return model.encode(images)

            def decode(self, codes: Tensor, /) -> Tensor:
                return model.decode(codes)

        watched = OneByOne()
        QuasiNewton(DamageGoal(), max_iterations=5)(watched, images, Budget(1.0), seeded(0))
        # All at a time only for the clean reconstructions and for the record.
        assert watched.sizes[0] == watched.sizes[-1] == len(images)
        assert set(watched.sizes[1:-1]) == {1}

    def test_images_are_attacked_differently(
        self, model: AttackedModel, images: Tensor, seeded: Seeded
    ) -> None:
        # The published loop attacked one image again and again.
        found = QuasiNewton(DamageGoal())(model, images, Budget(1.0), seeded(0)).inputs
        changes = (found - images).flatten(1)
        assert bool((changes.norm(dim=1) > 0.5).all())
        assert float(torch.cdist(changes, changes)[0, 1:].min()) > 0.1

    def test_the_published_gradient_is_weaker(
        self, model: AttackedModel, images: Tensor, seeded: Seeded
    ) -> None:
        ours, published = (
            QuasiNewton(DamageGoal(), through_projection=through)(
                model, images, Budget(1.0), seeded(0)
            ).record.losses.mean()
            for through in (True, False)
        )
        assert float(ours) > float(published)

    def test_restarts_never_harm(
        self, model: AttackedModel, images: Tensor, seeded: Seeded
    ) -> None:
        once, thrice = (
            QuasiNewton(DamageGoal(), restarts, 15)(model, images, Budget(1.0), seeded(0)).record
            for restarts in (1, 3)
        )
        assert bool((thrice.losses >= once.losses - 1e-4).all())
        assert thrice.evaluations > 2 * once.evaluations

    def test_norm(self, model: AttackedModel, images: Tensor, seeded: Seeded) -> None:
        with pytest.raises(ConfigurationError, match="needs a budget of the Euclidean norm"):
            QuasiNewton(DamageGoal())(model, images, Budget(1.0, "maximum"), seeded(0))


class TestProjectedGradient:
    def test_restarts_never_harm(
        self, model: AttackedModel, images: Tensor, seeded: Seeded
    ) -> None:
        losses = [
            ProjectedGradient(DamageGoal(), 20, restarts)(
                model, images, Budget(1.0), seeded(0)
            ).record.losses
            for restarts in (1, 4)
        ]
        assert bool((losses[1] >= losses[0] - 1e-4).all())

    def test_maximum_norm(self, model: AttackedModel, images: Tensor, seeded: Seeded) -> None:
        # The attack that trains smooth encoders; many steps do more than a single one.
        budget = Budget(0.1, "maximum")
        result = ProjectedGradient(ShiftGoal(), 20, 1)(model, images, budget, seeded(0))
        single = FastGradientSign()(model, images, budget, seeded(0))
        assert bool((budget.norms(images, result.inputs) <= 0.1).all())
        assert float(result.record.losses.mean()) > float(single.record.losses.mean())

    @pytest.mark.parametrize("name", ["num_steps", "num_restarts", "step"])
    def test_settings(self, name: str) -> None:
        with pytest.raises(ConfigurationError, match=f"{name} must be positive, got 0"):
            ProjectedGradient(DamageGoal(), **{name: 0})


class TestStrongest:
    @pytest.mark.parametrize("name", ["latent", "damage"])
    def test_keeps_the_stronger_for_each_image(
        self, name: str, model: AttackedModel, images: Tensor, seeded: Seeded
    ) -> None:
        goal = DamageGoal() if name == "damage" else LatentGoal(images.roll(1, 0))
        attack = StrongestOf((QuasiNewton(goal, max_iterations=4), ProjectedGradient(goal, 4, 1)))
        result = attack(model, images, Budget(1.0), seeded(0))
        record = result.record
        assert list(record.parts) == ["l-bfgs-b", "projected-gradient"]
        both = torch.stack([part.losses for part in record.parts.values()])
        best = both.amax(0) if name == "damage" else both.amin(0)
        assert torch.equal(record.losses, best)
        assert record.chosen is not None
        assert len(set(record.chosen.tolist())) == 2, "both win somewhere, or this tests nothing"
        problem = goal.problem(model, images)
        torch.testing.assert_close(problem.distances(result.inputs).detach(), record.losses)
        assert torch.equal(Budget(1.0).norms(images, result.inputs), record.norms)

    def test_defaults(self) -> None:
        kinds = [type(attack) for attack in strongest(DamageGoal()).attacks]
        assert kinds == [QuasiNewton, ProjectedGradient]

    def test_different_goals(self, model: AttackedModel, images: Tensor, seeded: Seeded) -> None:
        mixed = (ProjectedGradient(DamageGoal(), 1, 1), QuasiNewton(ShiftGoal(), 1, 1))
        twice = (ProjectedGradient(DamageGoal(), 1, 1), ProjectedGradient(DamageGoal(), 1, 1))
        for attacks in (mixed, twice):
            with pytest.raises(ConfigurationError, match="different attacks with one goal, not pr"):
                StrongestOf(attacks)(model, images, Budget(1.0), seeded(0))
        with pytest.raises(ConfigurationError, match="give at least one"):
            StrongestOf(())


def test_targets_must_fit(model: AttackedModel, images: Tensor, seeded: Seeded) -> None:
    with pytest.raises(InputError, match=r"targets are \(2, 1, 8, 8\) and inputs \(6, 1, 8, 8\)"):
        QuasiNewton(LatentGoal(images[:2]))(model, images, Budget(1.0), seeded(0))


@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a GPU")
def test_on_a_gpu(network: Any, images: Tensor, seeded: Seeded) -> None:
    model, inputs = EvaluatedAutoencoder(network.cuda()), images.cuda()
    for attack in (*evaluation_attacks(inputs), strongest(DamageGoal())):
        result = attack(model, inputs, Budget(1.0), seeded(0))
        assert result.inputs.is_cuda
        assert bool((result.record.norms <= 1).all())
    budget = Budget(0.1, "maximum")
    on_device = torch.Generator("cuda").manual_seed(0)
    for generator in (seeded(0), on_device):
        record = FastGradientSign()(model, inputs, budget, generator).record
        assert bool((record.norms <= 0.1).all())
