from types import SimpleNamespace
from typing import Any

import pytest
import torch
from torch import Tensor

from latentbo.chemistry import MoleculeFilter
from latentbo.models import TrainedModel
from latentbo.proposals.candidates import decode_candidates, encode_known
from latentbo.representations import Decoded, DecodeStatus, RepresentationError
from latentbo.tasks import RULE, TASKS, Accepted


class LookupModel:
    """Codes are numbers on a line that decode by a table, and strings encode by another one."""

    num_dimensions = 1
    device = torch.device("cpu")

    def __init__(self, decodes: dict[int, str | None], encodes: dict[str, int]) -> None:
        self.decodes, self.encodes = decodes, encodes
        self.representation = SimpleNamespace(encode=self.tokens)
        self.temperatures: list[float] = []

    def tokens(self, strings: list[str]) -> Tensor:
        unknown = [string for string in strings if string not in self.encodes]
        if unknown:
            raise RepresentationError(f"{unknown[0]!r} cannot be held")
        return torch.tensor([[self.encodes[string]] for string in strings])

    def encode_tokens(self, tokens: Tensor) -> Tensor:
        return tokens.float()

    def decode(self, codes: Tensor, temperature: float | Tensor, generator: Any) -> list[Decoded]:
        self.temperatures += torch.as_tensor(temperature).expand(len(codes)).tolist()
        strings = [self.decodes[round(code)] for code in codes[:, 0].tolist()]
        complete, other = DecodeStatus.COMPLETE, DecodeStatus.UNFINISHED
        return [Decoded(string, complete if string else other) for string in strings]


def judge(string: str) -> Accepted:
    """Upper case is canonical; `!` marks what is no string, `-` what is not wanted."""
    if "!" in string:
        return Accepted(None, "invalid")
    return Accepted(None, "filtered") if "-" in string else Accepted(string.upper())


DECODES = {0: "a", 1: "A", 2: "b", 3: "c!", 4: "d-", 5: None, 6: "e", 7: "slip", 8: "old", 9: "f"}
ENCODES = {"A": 0, "B": 2, "SLIP": 2, "F": 9, "OLD": 8}


def decode(model: Any, codes: Tensor, consistent: bool) -> Any:
    return decode_candidates(model, judge, codes, {"OLD", "NEVER"}, 0, consistent)


def test_every_decode_is_accounted_for() -> None:
    model = LookupModel(DECODES, ENCODES)
    found = decode(model, torch.arange(10.0)[:, None], consistent=False)
    assert found.strings == ["A", "B", "SLIP", "F"]
    # The codes are those of the strings, not those that were decoded: SLIP is at 2, not at 7.
    assert found.codes.tolist() == [[0.0], [2.0], [2.0], [9.0]]
    assert found.counts == {
        "decoded": 10,
        "unfinished": 1,
        "invalid": 1,
        "filtered": 1,
        "known": 2,
        "not encodable": 1,
    }
    assert model.temperatures == [0.0] * 4 + [0.5] * 3 + [1.0] * 3


def test_strings_of_equal_identity_are_found_once() -> None:
    model = LookupModel({0: "a", 1: "b", 2: "ff", 3: "gg"}, {"A": 0, "FF": 2})
    codes = torch.arange(4.0)[:, None]
    found = decode_candidates(model, judge, codes, {3}, 0, False, identity=len)  # type: ignore[arg-type]
    assert found.strings == ["A", "FF"]
    assert found.counts["known"] == 2
    found = decode_candidates(model, judge, codes, {1}, 0, False, identity=len)  # type: ignore[arg-type]
    assert found.strings == ["FF"]


def test_consistent_candidates_are_reconstructed() -> None:
    found = decode(LookupModel(DECODES, ENCODES), torch.arange(10.0)[:, None], consistent=True)
    assert found.strings == ["A", "B", "F"]
    assert found.codes.tolist() == [[0.0], [2.0], [9.0]]
    assert found.counts["inconsistent"] == 1


@pytest.mark.parametrize("consistent", [False, True])
@pytest.mark.parametrize("n", [0, 1, 2, 3])
def test_few_codes_are_all_decoded(n: int, consistent: bool) -> None:
    found = decode(
        LookupModel(DECODES, ENCODES), torch.tensor([[0.0], [2.0], [9.0]])[:n], consistent
    )
    assert found.strings == ["A", "B", "F"][:n]
    assert found.codes.shape == (n, 1)
    assert found.counts["decoded"] == n


@pytest.mark.parametrize("consistent", [False, True])
def test_a_real_model(tiny_model: TrainedModel, molecules: list[str], consistent: bool) -> None:
    accept = TASKS["molecules"].accept(MoleculeFilter(min_rings=None))
    codes = tiny_model.prior.sample(150, torch.Generator().manual_seed(0))
    every = decode_candidates(tiny_model, accept, codes, set(), 1, consistent=False)
    known = set(every.strings[::2])
    found = decode_candidates(tiny_model, accept, codes, known, 1, consistent)
    ends = {name: n for name, n in found.counts.items() if not name.startswith(RULE)}
    assert sum(ends.values()) - len(codes) + len(found.strings) == len(codes)
    by_rule = sum(found.counts.values()) - sum(ends.values())
    assert by_rule == found.counts["filtered"] > 0
    assert found.counts["decoded"] == len(codes)
    assert not known & set(found.strings)
    assert len(set(found.strings)) == len(found.strings)
    assert all(accept(string) == Accepted(string) for string in found.strings)
    torch.testing.assert_close(found.codes, tiny_model.encode(found.strings))
    if not consistent:
        assert found.strings == every.strings[1::2]
    for string, row in zip(found.strings, tiny_model.decode(found.codes), strict=True):
        assert not consistent or accept(row.string or "").string == string


def test_the_seed_decides_and_nothing_else(tiny_model: TrainedModel) -> None:
    accept = TASKS["molecules"].accept(MoleculeFilter(min_rings=None))
    codes = tiny_model.prior.sample(60, torch.Generator().manual_seed(0))
    state = torch.random.get_rng_state()
    first, again, other = (
        decode_candidates(tiny_model, accept, codes, set(), seed, False) for seed in (1, 1, 2)
    )
    assert first.strings == again.strings
    assert torch.equal(first.codes, again.codes)
    assert first.strings != other.strings
    assert torch.equal(torch.random.get_rng_state(), state)


def test_encode_known_leaves_out_what_the_model_cannot_hold(tiny_model: TrainedModel) -> None:
    codes, strings = encode_known(tiny_model, ["Cc1ccccc1", "C[Si](C)(C)C", "C1CC1", "C" * 90])
    assert strings == ["Cc1ccccc1", "C1CC1"]
    torch.testing.assert_close(codes, tiny_model.encode(strings))
    nothing, none = encode_known(tiny_model, ["C[Si](C)(C)C"])
    assert nothing.shape == (0, tiny_model.num_dimensions)
    assert none == []
