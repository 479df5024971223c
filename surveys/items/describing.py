"""The numbers of a panel's answers, under the names all outputs use; undefined ones are None.

There is no median of nobody and no spread of one answer.
"""

from __future__ import annotations

import math
import statistics
from collections.abc import Mapping, Sequence
from typing import Any

from surveys.delphi.answer import Answer, Missing
from surveys.delphi.rand import regions_of
from surveys.delphi.scale import Band, Scale
from surveys.delphi.summary import ItemCounts
from surveys.stats import intervals, spread
from surveys.stats.counts import from_counts
from surveys.stats.item_table import item_table
from surveys.stats.ratings import ScalePoints

# About so many columns can be told apart on a phone.
MOST_BINS = 10
_STEPS = (1, 2, 5, 10)
# The numbers of a statement that are stored, and where the item table has them.
_COLUMNS = {
    **{name: name for name in ("median", "mean", "sd", "q1", "q3", "iqr")},
    **{f"count_{band}": f"n_{band}" for band in Band},
    **{
        f"share_{band}{limit}": f"share_{band}{limit}"
        for band in Band
        for limit in ("", "_lower", "_upper")
    },
}


def absences(answers: Sequence[Answer]) -> dict[str, int]:
    """How many experts did not answer one item, and why."""
    return {
        "unable": sum(answer.missing is Missing.UNABLE for answer in answers),
        "skipped": sum(answer.missing is Missing.SKIPPED for answer in answers),
        "not_shown": sum(answer.missing is Missing.NOT_SHOWN for answer in answers),
    }


def describe(
    counts: Sequence[ItemCounts], scale: Scale, quantile_method: str
) -> list[dict[str, Any]]:
    """The numbers of several distributions on one scale, computed together."""
    regions = regions_of(scale)
    found = item_table(
        from_counts(
            [list(item.counts) for item in counts],
            points=ScalePoints(scale.low, scale.high),
            unable=[item.unable for item in counts],
            missing=[item.skipped for item in counts],
        ),
        low=regions.low,
        middle=regions.middle,
        high=regions.high,
        quantile_method=quantile_method,
    )
    rows = [found.row(place) for place in range(len(counts))]
    return [
        {
            "n": item.n,
            "unable": item.unable,
            "skipped": item.skipped,
            "not_shown": item.not_shown,
            "counts": list(item.counts),
            **{name: row[column] for name, column in _COLUMNS.items()},
        }
        for item, row in zip(counts, rows, strict=True)
    ]


def describe_shares(chosen: Mapping[str, int], n: int) -> dict[str, dict[str, Any]]:
    """Each option's count, its share of the ``n`` experts who answered, and the 95 % interval."""
    limits = intervals.proportion(list(chosen.values()), [n] * len(chosen))
    return {
        code: {
            "count": count,
            "share": count / n if n else None,
            "lower": _plain(limits.lower[row]),
            "upper": _plain(limits.upper[row]),
        }
        for row, (code, count) in enumerate(chosen.items())
    }


def describe_values(values: Sequence[float], quantile_method: str) -> dict[str, Any]:
    """The numbers of plain quantities: centre, middle half, spread, and the ends.

    Quantiles follow the named definition exactly as on rating scales: the definition says between
    which ranks a quantile lies, and the values at these ranks are interpolated.
    """
    n = len(values)
    ordered = sorted(values)
    q1, q3 = quantiles(ordered, (0.25, 0.75), quantile_method) if n else (None, None)
    return {
        "n": n,
        "median": statistics.median(ordered) if n else None,
        "mean": math.fsum(ordered) / n if n else None,
        "sd": statistics.stdev(ordered) if n > 1 else None,
        "q1": q1,
        "q3": q3,
        "iqr": q3 - q1 if n > 1 and q1 is not None and q3 is not None else None,
        "lowest": ordered[0] if n else None,
        "highest": ordered[-1] if n else None,
    }


def quantiles(
    ordered: Sequence[float], shares: Sequence[float], quantile_method: str
) -> tuple[float, ...]:
    """Quantiles of at least one value, ascending, by a named definition."""
    n = len(ordered)
    # The ranks are a scale of their own, with one value on each point.
    ranks = from_counts([1] * n + [0], points=ScalePoints(0, n))
    numerators, denominator = spread.quantile_fractions(
        ranks, shares, quantile_method=quantile_method
    )
    return tuple(_at_rank(ordered, int(top), denominator) for top in numerators[0])


def _at_rank(ordered: Sequence[float], top: int, bottom: int) -> float:
    """The value at a rank that may lie between two."""
    below, rest = divmod(top, bottom)
    if not rest:
        return float(ordered[below])
    return ordered[below] + (ordered[below + 1] - ordered[below]) * rest / bottom


def bins(values: Sequence[float], *, whole: bool = False) -> list[list[float]]:
    """At most ten columns of equal width over plain quantities: [from, to, count], round limits.

    A value on a limit belongs to the column on its right. ``whole`` values get columns at least 1
    wide. Empty where there are no values.
    """
    if not values:
        return []
    low, high = min(values), max(values)
    step = _round_step((high - low) / (MOST_BINS - 1)) if high > low else 1.0
    step = max(step, 1.0) if whole else step
    first, last = math.floor(low / step), math.floor(high / step)
    return _counted(values, first * step, step, last - first + 1)


def even_bins(values: Sequence[float], low: float, high: float) -> list[list[float]]:
    """Ten columns over a bounded range; the upper end belongs to the last."""
    return _counted(values, low, (high - low) / MOST_BINS, MOST_BINS)


def _counted(values: Sequence[float], start: float, step: float, number: int) -> list[list[float]]:
    counts = [0] * number
    for value in values:
        # The tolerance keeps 0.3 / 0.1 from falling into the column before its own.
        place = math.floor((value - start) / step + 1e-9)
        counts[min(place, number - 1)] += 1
    return [
        [round(start + step * place, 9), round(start + step * (place + 1), 9), count]
        for place, count in enumerate(counts)
    ]


def _round_step(least: float) -> float:
    """The smallest of 1, 2, 5, 10 (by any power of ten) that is at least this."""
    unit = 10.0 ** math.floor(math.log10(least))
    return float(next(times * unit for times in _STEPS if times * unit >= least * (1 - 1e-9)))


def _plain(value: Any) -> int | float | None:
    """A number as JSON has it; NaN is an undefined number, and that is None."""
    if value is None or isinstance(value, int):
        return value
    return None if math.isnan(value) else float(value)
