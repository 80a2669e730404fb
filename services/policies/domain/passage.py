"""A piece of text that somebody looks at, and a window that moves along a text in the making."""

from dataclasses import dataclass

from services.policies.domain.expression_syntax import is_word

# What is looked for across the border of two pieces; nothing that identifies anybody is longer.
WINDOW = 2_048
# How far a window looks for a place to begin that is not in the middle of a word or number.
_SLACK = 256


@dataclass(frozen=True, slots=True, kw_only=True)
class Passage:
    """A text, the character before it (empty where it begins), and whether it ends here."""

    text: str
    before: str = ""
    ends: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """The last of what was said, so that what is said next is seen together with it."""

    text: str = ""
    before: str = ""

    def with_more(self, piece: str, *, ends: bool) -> Passage:
        """What is to be looked at now."""
        return Passage(text=self.text + piece, before=self.before, ends=ends)

    def after(self, passage: Passage) -> "Window":
        """The window for the next piece; it begins between words if it can."""
        text = passage.text
        if len(text) <= WINDOW:
            return Window(text=text, before=passage.before)
        start = len(text) - WINDOW
        for place in range(start, max(start - _SLACK, 1), -1):
            if not is_word(text[place - 1]):
                start = place
                break
        return Window(text=text[start:], before=text[start - 1])
