"""The page of a batch, `batch-NN.html`: one file without a script."""

from collections.abc import Sequence

from latentbo.diagnostics.leave_one_out import LeaveOneOut
from latentbo.report.batch import Suggested, draw_suggested
from latentbo.report.page import data_uri, page_environment
from latentbo.report.run import Run
from latentbo.report.theme import DARK
from latentbo.report.trust import TRUST_HEIGHT, trust_png


def render_batch(
    run: Run, number: int, batch: Sequence[Suggested], trust: LeaveOneOut | None
) -> str:
    """The text of the page.

    Args:
        run: The run.
        number: Of the batch, from 1.
        batch: Its molecules, those in reserve last.
        trust: How far the model can be trusted; None if that is not known.
    """
    figure = None
    if trust is not None:
        light, dark = trust_png(trust, run.scale), trust_png(trust, run.scale, DARK)
        figure = {"light": data_uri(light), "dark": data_uri(dark), "height": TRUST_HEIGHT}
    return (
        page_environment()
        .get_template("batch.html")
        .render(
            run=run,
            number=number,
            name=run.scale.name,
            batch=[each for each in batch if each.call is not None],
            reserve=[each for each in batch if each.call is None],
            draw=draw_suggested,
            trust=trust,
            figure=figure,
        )
    )
