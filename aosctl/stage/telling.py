"""How the demonstration tells what happens: in words, and in colour where somebody can see it."""

from rich.console import Console
from rich.text import Text

_MARKS = {"good": ("✔", "green"), "bad": ("✖", "red"), "note": ("·", "dim")}


class Teller:
    """Tells one scene after the other."""

    def __init__(self, console: Console | None = None) -> None:
        self._console = console or Console(highlight=False)
        self._scenes = 0

    def scene(self, title: str) -> None:
        """Begin a scene."""
        self._scenes += 1
        self._console.print()
        self._console.print(Text(f"{self._scenes}. {title}", style="bold cyan"))

    def good(self, text: str) -> None:
        """Tell what went as it should."""
        self._line("good", text)

    def bad(self, text: str) -> None:
        """Tell what was held back."""
        self._line("bad", text)

    def note(self, text: str) -> None:
        """Tell what one should know besides."""
        self._line("note", text)

    def _line(self, kind: str, text: str) -> None:
        mark, colour = _MARKS[kind]
        # Identifiers are to be copied, so lines are not broken.
        self._console.print(Text(f"   {mark} ", style=colour) + Text(text), soft_wrap=True)
