"""A live line on a terminal."""

import types
from typing import Self

from rich.console import Console
from rich.progress import Progress


class LiveLine:
    """Shows a bar while its context is open, if there is a terminal.

    Attributes:
        console: Where to.
        bar: The bar.
    """

    console: Console
    bar: Progress

    def __enter__(self) -> Self:
        if self.console.is_terminal:
            self.bar.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: types.TracebackType | None,
    ) -> None:
        if self.console.is_terminal:
            self.bar.stop()
