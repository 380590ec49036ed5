"""The judgement of a decoded string by its task."""

from dataclasses import dataclass, field

#: Begins the names of counts of strings that one rule refused; they are among the `filtered`.
RULE = "filtered: "


@dataclass(frozen=True)
class Accepted:
    """A task's judgement of a decoded string.

    Args:
        string: The canonical string, None if there is no usable one.
        reason: `invalid` (no string of the task) or `filtered` (one that the user does not want);
            empty if accepted.
        rule: The rule that a filtered string breaks; may be empty.
    """

    string: str | None
    reason: str = ""
    rule: str = field(default="", compare=False)

    @property
    def ends(self) -> tuple[str, ...]:
        """Names under which a refused string is counted: the reason, and the rule broken."""
        return (self.reason, f"{RULE}{self.rule}") if self.rule else (self.reason,)
