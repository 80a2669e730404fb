"""How `aos up` shows what it does: a live table on a terminal, lines anywhere else."""

from typing import Protocol, Self

from rich.console import Console
from rich.live import Live
from rich.table import Table
from rich.text import Text

from aosctl.board import Component, State
from kernel.clock import utc_now

COLOURS = {
    State.STARTING: "yellow",
    State.SERVING: "green",
    State.BROKEN: "red",
    State.RESTARTING: "magenta",
    State.STOPPED: "dim",
}
CLOCK = slice(11, 19)


class Display(Protocol):
    """Shows components as they change, and says sentences."""

    def __enter__(self) -> Self: ...

    def __exit__(self, *_: object) -> None: ...

    def show(self, component: Component) -> None:
        """Show the new condition of one component."""
        ...

    def say(self, text: str) -> None:
        """Say something that stays on the screen."""
        ...


class PlainDisplay:
    """One line for each change."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def show(self, component: Component) -> None:
        """Print the change."""
        line = f"{utc_now():%H:%M:%S} {component.name:<12} {component.state:<11}"
        print(f"{line} {component.address} {component.note}".rstrip(), flush=True)

    def say(self, text: str) -> None:
        """Print the text."""
        print(text, flush=True)


class LiveDisplay:
    """A table that is drawn again with each change."""

    def __init__(self) -> None:
        self._components: dict[str, Component] = {}
        self._live = Live(console=Console(), get_renderable=self._table, auto_refresh=False)

    def __enter__(self) -> Self:
        self._live.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._live.stop()

    def show(self, component: Component) -> None:
        """Draw the table with the change."""
        self._components[component.name] = component
        self._live.refresh()

    def say(self, text: str) -> None:
        """Print the text above the table."""
        # What is to be copied must not be broken into lines.
        self._live.console.print(Text(text), soft_wrap=True)

    def _table(self) -> Table:
        table = Table("service", "address", "state", "since", "note", box=None, pad_edge=False)
        for one in self._components.values():
            state = Text(one.state, style=COLOURS[one.state])
            table.add_row(one.name, one.address, state, one.since[CLOCK], Text(one.note))
        return table


def choose(*, plain: bool) -> Display:
    """A live table where somebody can watch it."""
    return LiveDisplay() if Console().is_terminal and not plain else PlainDisplay()
