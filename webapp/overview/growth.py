"""Draw how the phonebook has grown, from the figures of each day."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from webapp.overview.figures import DayFigures

WIDTH, HEIGHT = 300, 100
"""The picture's size in its own units; it is stretched to the page's width."""


@dataclass(frozen=True)
class Growth:
    """The figures of a year: the points of a line for the contacts, and a row for each month."""

    points: str
    months: Sequence[DayFigures]
    """The last figures of each month, the newest first."""
    first: date
    last: date


def draw(figures: Sequence[DayFigures]) -> Growth | None:
    """Draw the figures, the oldest first; None if there are fewer than two days."""
    if len(figures) < 2:
        return None
    first, last = figures[0].day, figures[-1].day
    most = max(1, *(each.contacts for each in figures))
    points = " ".join(
        f"{WIDTH * (each.day - first).days / (last - first).days:.1f},{HEIGHT - HEIGHT * each.contacts / most:.1f}"
        for each in figures
    )
    by_month = {(each.day.year, each.day.month): each for each in figures}
    return Growth(points, list(by_month.values())[::-1], first, last)
