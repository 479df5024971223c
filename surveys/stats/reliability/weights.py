"""How much two ratings agree: 1 for the same point, less with distance."""

from functools import cache

import numpy as np
import numpy.typing as npt

from surveys.stats.ratings import FloatArray, ScalePoints

Weights = str | FloatArray
WEIGHTS = (
    "unweighted",
    "linear",
    "quadratic",
    "ordinal",
    "radical",
    "ratio",
    "bipolar",
    "circular",
)


@cache
def agreement_weights(kind: str, *, points: ScalePoints) -> FloatArray:
    """How much two ratings agree: 1 on the diagonal, less with distance, shape (points, points).

    Made once per kind and scale, and read-only.

    kind : with a, b the ratings, lo and hi the ends of the scale:
        unweighted : 1 if equal, else 0.
        linear : 1 - |a - b| / (hi - lo).
        quadratic : 1 - (a - b)^2 / (hi - lo)^2.
        radical : 1 - sqrt(|a - b| / (hi - lo)).
        ordinal : 1 - n / n of the whole scale, n = pairs of points within the stretch from a to b.
        ratio : 1 - ((a - b)/(a + b))^2 / ((hi - lo)/(hi + lo))^2; no point may be 0 or negative.
        bipolar : 1 - d / max d, d = (a - b)^2 / ((a + b - 2 lo)(2 hi - a - b)).
        circular : 1 - d / max d, d = sin^2(pi (a - b) / (hi - lo + 1)).

    Raises ValueError for another name, and for "ratio" on a scale that reaches 0.

    Source: Gwet KL. Handbook of Inter-Rater Reliability, 4th ed., 2014.
    Checked against: irrCAC 0.4.4 (Python) on 1-5 and 1-9.
    """
    if kind not in WEIGHTS:
        raise ValueError(f"weights are one of {', '.join(WEIGHTS)}, not {kind!r}")
    values = points.values
    a, b = values[:, np.newaxis], values[np.newaxis, :]
    span = points.span
    if kind == "unweighted":
        apart = (a != b).astype(np.float64)
    elif kind == "linear":
        apart = np.abs(a - b) / span
    elif kind == "quadratic":
        apart = np.square((a - b) / span)
    elif kind == "radical":
        apart = np.sqrt(np.abs(a - b) / span)
    elif kind == "ordinal":
        places = np.arange(points.count)
        stretch = np.abs(places[:, np.newaxis] - places[np.newaxis, :])
        apart = stretch * (stretch + 1) / 2
    elif kind == "ratio":
        if points.lowest <= 0:
            raise ValueError(f"ratio weights need a scale above 0, not {points}")
        apart = np.square((a - b) / (a + b))
    elif kind == "bipolar":
        from_ends = (a + b - 2 * points.lowest) * (2 * points.highest - a - b)
        # The denominator is 0 only where both ratings are the same end, whose distance is 0.
        apart = np.square(a - b) / np.where(from_ends == 0, 1.0, from_ends)
    else:
        apart = np.square(np.sin(np.pi * (a - b) / (span + 1)))
    weights: FloatArray = 1 - apart / apart.max()
    weights.flags.writeable = False
    return weights


def agreement_from_disagreement(costs: npt.ArrayLike) -> FloatArray:
    """Turn costs of disagreement (0 on the diagonal) into weights of agreement (1 there).

    Kappa does not change when all costs are multiplied by the same number, so they are divided by
    the largest.

    Raises ValueError for costs that are not square, negative, all 0, or not 0 on the diagonal.
    """
    given = np.asarray(costs, dtype=np.float64)
    square = given.ndim == 2 and given.shape[0] == given.shape[1]
    if not square or not (given >= 0).all() or np.diag(given).any() or not given.any():
        raise ValueError(f"costs are square, from 0, and 0 on the diagonal only, not {costs!r}")
    weights: FloatArray = 1 - given / given.max()
    return weights


def named_weights(
    weights: Weights, points: ScalePoints, *, symmetric: bool
) -> tuple[FloatArray, str]:
    if isinstance(weights, str):
        return agreement_weights(weights, points=points), weights
    matrix = np.asarray(weights, dtype=np.float64)
    if matrix.shape != (points.count, points.count):
        raise ValueError(
            f"weights of shape {matrix.shape} do not fit a scale of {points.count} points"
        )
    if not ((matrix >= 0) & (matrix <= 1)).all() or not (np.diag(matrix) == 1).all():
        raise ValueError(f"weights lie in 0..1 and are 1 on the diagonal, not {weights!r}")
    if symmetric and not np.array_equal(matrix, matrix.T):
        raise ValueError(f"weights between experts are the same both ways, not {weights!r}")
    return matrix, "custom"
