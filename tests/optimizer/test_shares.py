from collections.abc import Sequence

import pytest

from latentbo.ledger import MEASURED, Evaluation, Status
from latentbo.models import TrainedModel
from latentbo.optimizer.history import GIVEN
from latentbo.optimizer.shares import proposals_per_call, success_shares
from latentbo.proposals import GraphSource, LatentMoves, ProposalSource


class Source(ProposalSource):
    """Is never asked."""

    def __init__(self, name: str, cost: float = 1.0, at_once: bool = False) -> None:
        self.given = name, cost, at_once

    @property
    def name(self) -> str:
        return self.given[0]

    @property
    def cost(self) -> float:
        return self.given[1]

    @property
    def at_once(self) -> bool:
        return self.given[2]

    def propose(self, *_: object) -> dict[str, list[str | None]]:
        return {}


def batch(number: int, origins: Sequence[str], values: Sequence[float]) -> list[Evaluation]:
    return [
        Evaluation(1, number, "C", origin, {}, Status.OK, value)
        for origin, value in zip(origins, values, strict=True)
    ]


START = batch(0, ["initial"] * 10, [float(i) for i in range(10)])


@pytest.fixture
def sources(tiny_model: TrainedModel) -> list[ProposalSource]:
    """Those of the preset."""
    return [LatentMoves(tiny_model), GraphSource()]


def share(sources: Sequence[ProposalSource], batches: Sequence[Sequence[Evaluation]]) -> float:
    found = success_shares(sources, batches)
    assert sum(found) == pytest.approx(1)
    return found[0]


def test_moves_that_succeed_get_more_of_the_proposals(sources: list[ProposalSource]) -> None:
    assert share(sources, [START]) == pytest.approx(0.25)
    good = [
        batch(n, ["latent"] * 5 + ["graph-mutation"] * 5, [100.0 * n] * 5 + [-1.0] * 5)
        for n in range(1, 30)
    ]
    assert share(sources, [START, good[0]]) > 0.25
    assert share(sources, [START, *good]) == pytest.approx(0.9)
    bad = [
        batch(n, ["latent"] * 5 + ["graph-mutation"] * 5, [-1.0] * 5 + [100.0 * n] * 5)
        for n in range(1, 30)
    ]
    assert share(sources, [START, *bad]) == pytest.approx(0.1)


def test_nobody_s_molecules_are_no_success_of_a_move(sources: list[ProposalSource]) -> None:
    own = batch(1, [MEASURED] * 5, [99.0] * 5)
    assert share(sources, [[*START, *own]]) == share(sources, [START])
    given = batch(0, [GIVEN] * 10, [float(i) for i in range(10)])
    good = batch(0, ["latent"] * 5, [50.0] * 5)
    assert share(sources, [given, good]) > share(sources, [given]) == share(sources, [START])


def test_molecules_of_the_pool_count_as_those_of_graph_moves(sources: list[ProposalSource]) -> None:
    good = [batch(1, [origin] * 5, [50.0] * 5) for origin in ("pool", "random", "graph-mutation")]
    assert len({share(sources, [START, each]) for each in good}) == 1


@pytest.mark.parametrize("number", [1, 2, 3, 5, 20])
def test_any_number_of_sources_shares_the_proposals(number: int) -> None:
    many = [Source(f"s{i}") for i in range(number)]
    assert success_shares(many, [START]) == pytest.approx([1 / number] * number)
    wins = [
        batch(n, [f"s{i}" for i in range(number)], [100.0 * n, *[-1.0] * (number - 1)])
        for n in range(1, 60)
    ]
    found = success_shares(many, [START, *wins])
    assert sum(found) == pytest.approx(1)
    least = min(0.1, 0.5 / number)
    assert min(found) >= least - 1e-12
    assert found[0] == pytest.approx(1 - least * (number - 1))


def test_a_share_is_success_per_time() -> None:
    found = success_shares([Source("a", 4.0), Source("b", 2.0), Source("c", 1.0)], [START])
    assert found == pytest.approx([1 / 7, 2 / 7, 4 / 7])


@pytest.mark.parametrize("share_of_first", [0.1, 0.25, 1 / 3, 0.777, 0.9])
def test_proposals_are_the_planned_number(share_of_first: float) -> None:
    """Two sources, one of them at once: what it leaves of each round is the other's."""
    pair = [Source("a", at_once=True), Source("b")]
    first, second = proposals_per_call(pair, [share_of_first, 1 - share_of_first], 160, 3)
    assert first == round(share_of_first * 160 * 3)
    assert second == 160 - first // 3


def test_rounds_are_shared_without_remainder() -> None:
    three = [Source("a"), Source("b", at_once=True), Source("c"), Source("d")]
    for shares in ([0.25, 0.25, 0.25, 0.25], [0.1, 0.65, 0.11, 0.14], [0.4, 0.1, 0.3, 0.2]):
        numbers = proposals_per_call(three, shares, 47, 2)
        assert numbers[0] + numbers[2] + numbers[3] == 47 - numbers[1] // 2
        for row in (0, 2, 3):
            assert numbers[row] == pytest.approx(47 * shares[row], abs=1.5)
    assert proposals_per_call([Source("a", at_once=True)], [1.0], 40, 3) == [120]
    assert proposals_per_call([Source("a")], [1.0], 40, 3) == [40]
