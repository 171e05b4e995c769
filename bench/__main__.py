"""Run the benchmark and write bench/RESULTS.md."""

import argparse
from pathlib import Path

from bench.clients import compare_clients
from bench.list_page import compare_with_admins, compare_with_floor, measure_memory
from bench.operation import measure_operation
from bench.phonebooks import measure_long_work, measure_pages
from bench.report import write_results

parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
parser.add_argument("--seconds", type=float, default=1.5, help="how long each server is loaded at a time")
parser.add_argument("--turns", type=int, default=5, help="how often each server is loaded")
parser.add_argument("--results", type=Path, default=Path(__file__).with_name("RESULTS.md"), help="the file to write")
options = parser.parse_args()
subjects = (compare_with_floor, compare_with_admins, compare_clients, measure_pages, measure_long_work, measure_memory)
sections = [subject(options.seconds, options.turns) for subject in (*subjects, measure_operation)]
write_results(sections, options.results, f"{options.turns} turns of {options.seconds:g} s")
print(options.results.read_text())
