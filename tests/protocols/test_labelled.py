from pathlib import Path

import pytest
import torch
from torch import Tensor

from latentbo.errors import DataError
from latentbo.models import TrainedModel
from latentbo.objectives import OBJECTIVES, Objective
from latentbo.protocols import Labelled, label


def test_codes_and_values_belong_to_their_strings(
    expression_model: TrainedModel, expressions: list[str], objective: Objective
) -> None:
    made = label(expression_model, objective, expressions)
    assert made.strings == expressions
    for row, string in enumerate(expressions):
        torch.testing.assert_close(made.codes[row], expression_model.encode([string])[0])
        assert made.values[row] == objective(string)
    assert made.values.dtype == torch.float64
    assert set(made.left_out.values()) == {0}


def test_what_cannot_be_used_is_left_out_and_counted(expression_model: TrainedModel) -> None:
    def function(string: str) -> float:
        if string == "x*x":
            raise ValueError
        return float("nan") if string == "x/2" else len(string)

    strings = ["x", "x+", "x*x", "1+x", "x/2", "x+x+x+x+x+x+x+x+x", "hello"]
    made = label(expression_model, Objective("o", function), strings)
    assert made.strings == ["x", "1+x"]
    assert made.values.tolist() == [1.0, 3.0]
    assert made.left_out == {"not representable by the model": 3, "without a value": 2}
    torch.testing.assert_close(made.codes, expression_model.encode(["x", "1+x"]))


def test_nothing_left_is_an_error(expression_model: TrainedModel) -> None:
    with pytest.raises(DataError, match="none of 1 strings can be used"):
        label(expression_model, Objective("o", len), ["hello"])
    with pytest.raises(DataError, match="objective o has no value for any of the 2 strings"):
        label(expression_model, Objective("o", lambda s: None), ["x", "1+x"])


def test_codes_are_cached_by_model_and_strings(
    expression_model: TrainedModel,
    expressions: list[str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    objective = OBJECTIVES["target-fit"]
    first = label(expression_model, objective, expressions, tmp_path)
    (stored,) = tmp_path.glob("codes-*.safetensors")
    calls: list[int] = []
    original = TrainedModel.encode_tokens

    def encode_tokens(self: TrainedModel, tokens: Tensor) -> Tensor:
        calls.append(len(tokens))
        return original(self, tokens)

    monkeypatch.setattr(TrainedModel, "encode_tokens", encode_tokens)
    again = label(expression_model, objective, expressions, tmp_path)
    assert calls == []
    assert torch.equal(again.codes, first.codes)
    assert torch.equal(again.values, first.values)
    label(expression_model, objective, expressions[1:], tmp_path)
    assert calls == [len(expressions) - 1]
    stored.write_bytes(b"damaged")
    mended = label(expression_model, objective, expressions, tmp_path)
    assert torch.equal(mended.codes, first.codes)
    with torch.no_grad():
        weight = next(expression_model.network.parameters())
        weight.add_(1)
        try:
            label(expression_model, objective, expressions, tmp_path)
        finally:
            weight.sub_(1)
    assert len(calls) == 3  # other weights have other codes


def test_a_cache_that_cannot_be_written_is_none(
    expression_model: TrainedModel, expressions: list[str], objective: Objective, tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("")
    made = label(expression_model, objective, expressions, tmp_path / "file")
    assert made.strings == expressions


def test_rows_are_chosen_by_number_or_by_mask() -> None:
    made = Labelled(["a", "b", "c"], torch.arange(6.0).view(3, 2), torch.tensor([3.0, 1.0, 2.0]))
    for chosen in (torch.tensor([0, 2]), torch.tensor([True, False, True])):
        part = made.rows(chosen)
        assert part.strings == ["a", "c"]
        assert part.codes.tolist() == [[0, 1], [4, 5]]
        assert part.values.tolist() == [3, 2]
        assert len(part) == 2


def test_rows_that_do_not_agree_are_refused() -> None:
    with pytest.raises(ValueError, match=r"for 2 strings, got \(2, 2\) and \(3,\)"):
        Labelled(["a", "b"], torch.zeros(2, 2), torch.zeros(3))
    with pytest.raises(ValueError, match="2 strings, but 3 codes"):
        Labelled(["a", "b"], torch.zeros(3, 2), torch.zeros(2))
