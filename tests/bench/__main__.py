"""Run every benchmark, or those named: `python3 run.py bench pages`."""

from __future__ import annotations

import importlib
import importlib.util
import sys

BENCHMARKS = ("pages", "live", "researchers", "statistics")


def main(names: list[str]) -> int:
    """Print what each benchmark measured; return 1 if a budget is exceeded."""
    unknown = [name for name in names if name not in BENCHMARKS]
    if unknown:
        print(f"There is no benchmark {', '.join(unknown)}; there are: {', '.join(BENCHMARKS)}")
        return 2
    within = True
    for name in names or BENCHMARKS:
        if importlib.util.find_spec(f"tests.bench.{name}") is None:
            continue
        print(f"\n== {name}")
        within = importlib.import_module(f"tests.bench.{name}").run() and within
    return 0 if within else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
