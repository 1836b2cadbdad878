"""Live progress: a bar in a terminal, an updating line in a notebook."""

from __future__ import annotations

import html
from typing import Protocol, runtime_checkable

from IPython import get_ipython
from IPython.display import display
from tqdm import tqdm

from udtlib.train.log import Row


@runtime_checkable
class Progress(Protocol):
    """Somewhere to show how far training has come."""

    def update(self, step: int, row: Row | None) -> None:
        """Show that ``step`` steps are done, with the latest row of the log."""

    def close(self, seconds: float) -> None:
        """Show that training has ended."""


class Silent:
    """No progress shown."""

    def update(self, step: int, row: Row | None) -> None:
        """Nothing."""

    def close(self, seconds: float) -> None:
        """Nothing."""


class Bar:
    """A progress bar on a terminal's standard error."""

    def __init__(self, steps: int) -> None:
        # disable=None: silent where standard error is a file, so that logs stay readable.
        self.bar = tqdm(total=steps, unit="step", dynamic_ncols=True, mininterval=0.5, disable=None)

    def update(self, step: int, row: Row | None) -> None:
        """Advance the bar to ``step`` and show the terms behind it."""
        self.bar.update(step - self.bar.n)
        if row is not None:
            self.bar.set_postfix({key: f"{value:.3g}" for key, value in row.items() if key != "step"})

    def close(self, seconds: float) -> None:
        """Leave the bar as it stands."""
        self.bar.close()


class Line:
    """One line in a notebook, drawn anew in place; its text form is stable, so that stored outputs compare."""

    def __init__(self, steps: int) -> None:
        self.steps, self.step, self.row, self.seconds = steps, 0, None, None
        self.handle = display(self, display_id=True)

    def update(self, step: int, row: Row | None) -> None:
        """Redraw, whenever there is a new row of the log."""
        self.step = step
        if row is not None:
            self.row = row
            self.handle.update(self)

    def close(self, seconds: float) -> None:
        """Redraw a last time, with the time taken."""
        self.seconds = seconds
        self.handle.update(self)

    def __repr__(self) -> str:
        return f"<training: {self.steps} steps>"

    def _repr_html_(self) -> str:
        terms = (
            ""
            if self.row is None
            else " · ".join(
                f"{html.escape(key)} {value:.3f}" for key, value in self.row.items() if key != "step"
            )
        )
        time = "" if self.seconds is None else f" in {self.seconds:.0f} s"
        return (
            f'<!--measured--><div class="udt-training"><progress value="{self.step}" max="{self.steps}" '
            f'aria-label="training progress"></progress> {self.step} of {self.steps} steps{time}'
            f"<br><small>{terms}</small></div><!--/measured-->"
        )


def progress_for(steps: int, *, shown: bool) -> Progress:
    """The progress display that suits where the code runs."""
    if not shown:
        return Silent()
    shell = get_ipython()
    return Line(steps) if shell is not None and hasattr(shell, "kernel") else Bar(steps)
