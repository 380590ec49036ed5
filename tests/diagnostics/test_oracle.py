from latentbo.diagnostics.oracle import CountedObjective
from latentbo.objectives import Objective


def test_every_string_is_paid_for_once() -> None:
    seen: list[str] = []

    def function(string: str) -> float:
        seen.append(string)
        if string == "bad":
            raise ArithmeticError("no value")
        return float(len(string))

    oracle = CountedObjective(Objective("length", function))
    first = oracle(["a", "bb", None, "a", "bad"])
    assert first.tolist()[:2] == [1.0, 2.0]
    assert first[3] == 1.0
    assert first.isnan().tolist() == [False, False, True, False, True]
    assert oracle(["bb", "ccc"]).tolist() == [2.0, 3.0]
    assert seen == ["a", "bb", "bad", "ccc"]
    assert (oracle.num_calls, oracle.num_failed) == (4, 1)
    assert oracle([]).shape == (0,)
