"""The results as text: goals, tables, and the file that they are written to."""

import os
import platform
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from bench.servers import gunicorn_settings


@dataclass(frozen=True)
class Goal:
    """A figure, and the limit that it has to keep."""

    measure: str
    at: str
    limit: float
    reached: float
    unit: str = "×"
    at_least: bool = False

    def cells(self) -> list[str]:
        """Return the goal as a row of the table."""
        met = self.reached >= self.limit if self.at_least else self.reached <= self.limit
        limit = f"{'≥' if self.at_least else '≤'} {self.limit:.3g} {self.unit}"
        return [self.measure, self.at, limit, f"{show(self.reached)} {self.unit}", "yes" if met else "**no**"]


@dataclass
class Section:
    """The results of one subject: a table, and goals."""

    title: str
    heads: Sequence[str] = ()
    rows: list[list[str]] = field(default_factory=list)
    goals: list[Goal] = field(default_factory=list)

    def add_row(self, *cells: str | float) -> None:
        """Add a row to the table, and print it."""
        self.rows.append([cell if isinstance(cell, str) else show(cell) for cell in cells])
        print(f"{self.title}: {' | '.join(self.rows[-1])}", flush=True)


def show(figure: float) -> str:
    """Round a figure for people."""
    return f"{figure:.2f}" if isinstance(figure, float) and abs(figure) < 10 else f"{figure:,.0f}"


def write_results(sections: Sequence[Section], path: Path, effort: str) -> None:
    """Write all results to a file."""
    goals = [goal.cells() for section in sections for goal in section.goals]
    machine = f"{os.cpu_count()} cores, load average {os.getloadavg()[0]:.1f} at the end"
    python = f"Python {platform.python_version()}, gunicorn {' '.join(gunicorn_settings())}"
    run = f"{datetime.now(UTC):%-d %B %Y}; {effort}; {machine}; {python}."
    lines = ["# Results of the benchmark", "", "`README.md` says what is measured and how.", "", run]
    lines += ["", *_table(("measure", "at", "goal", "reached", "met"), goals)]
    for section in sections:
        if section.rows:
            lines += ["", f"## {section.title}", "", *_table(section.heads, section.rows)]
    path.write_text("\n".join(lines) + "\n")


def _table(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    return [f"| {' | '.join(row)} |" for row in (heads, ["---"] * len(heads), *rows)]
