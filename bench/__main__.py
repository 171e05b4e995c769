"""Measure everything, and write RESULTS.md: `make bench`, or `make bench QUICK=1` for some minutes less."""

import argparse
import time

from bench import moments, pages, report
from bench.clients import compare_clients
from bench.contacts import other_pages
from bench.goals import Found, goals


def main() -> None:
    """Measure."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="only what goals are about, and in short")
    quick = parser.parse_args().quick
    began = time.monotonic()
    found = Found(
        pages=pages.beside_the_floor(quick=quick),
        databases=pages.beside_databases(quick=quick),
        clients=compare_clients(quick=quick),
        at_once=moments.two_hundred_at_once(quick=quick),
        health=moments.health_while_stalled(),
        ended=moments.stop_under_load(quick=quick),
        start=moments.cold_start(quick=quick),
        weight=moments.weight(),
        others=other_pages(quick=quick),
    )
    report.write(found, quick=quick)
    for goal in goals(found):
        print(" | ".join(goal.cells))
    print(f"{time.monotonic() - began:.0f} s")


if __name__ == "__main__":
    main()
