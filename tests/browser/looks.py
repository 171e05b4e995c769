"""The looks of a page: a width, a colour scheme and a kind of text.

A test tries two widths, which differ from state to state. With EVERY_LOOK=1 it tries all of them.
"""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from playwright.sync_api import Page

from tests.browser import checks
from tests.browser.checks import Check
from tests.browser.widths import AS_IT_IS, LARGEST, TEXTS, WIDTHS, styled

Scheme = Literal["light", "dark"]
SCHEMES: tuple[Scheme, Scheme] = ("light", "dark")
NARROW, WIDE = WIDTHS[:4], WIDTHS[4:]
EVERY_LOOK = os.environ.get("EVERY_LOOK") == "1"


@dataclass(frozen=True)
class Look:
    """How a page is looked at, and the checks that are run then."""

    width: int
    scheme: Scheme
    text: str
    checks: tuple[Check, ...]

    def __str__(self) -> str:
        return f"{self.width} pixels, {self.scheme}, {self.text}"

    def problems(self, page: Page) -> list[str]:
        """Resize and recolour the page, and find what is wrong with it then."""
        page.set_viewport_size({"width": self.width, "height": 800})
        page.emulate_media(color_scheme=self.scheme)
        with styled(page, TEXTS[self.text]):
            return checks.problems(page, self.checks)


def looks(place: int) -> Iterator[Look]:
    """Give the looks for the state at this place: a wide and a narrow width, or every width with every text.

    They are light and dark in turn. In the other scheme only the colours are checked, and only with text as it is.
    """
    pairs = [(text, width) for text in TEXTS for width in WIDTHS]
    if not EVERY_LOOK:
        pairs = [(AS_IT_IS, WIDE[place % len(WIDE)]), (AS_IT_IS, NARROW[place % len(NARROW)])]
    for turn, (text, width) in enumerate(pairs):
        scheme, other = SCHEMES if turn % 2 == 0 else SCHEMES[::-1]
        yield Look(width, scheme, text, checks.CHECKS if text in (AS_IT_IS, LARGEST) else checks.MOUSE_CHECKS)
        if text == AS_IT_IS:
            yield Look(width, other, text, checks.COLOUR_CHECKS)
