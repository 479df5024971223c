"""The map: every expert as a point in two dimensions, though nobody rated everything."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from surveys.stats import ratings as rated
from surveys.stats.ratings import BoolArray, FloatArray, IntArray, ScalePoints

# Expert and item levels are fitted by turns. Each turn shrinks the error by about the share of
# missing ratings, so a matrix three quarters empty is settled to nine digits well before this.
_LEVEL_TURNS = 100
_LEVEL_TOLERANCE = 1e-9
# An axis that carries less than this share of the first one's variance is rounding, not opinion.
NO_VARIANCE = 1e-12


@dataclass(frozen=True, slots=True, eq=False)
class OpinionMap:
    """Where the experts stand, and which statements pull where.

    positions : float array, shape (experts, 2), in half-scale distances (see ``place``); NaN for
        an expert who rated none of the statements drawn.
    loadings : float array, shape (items, 2): how far agreement with a statement moves an expert
        along each axis. The squares of an axis add up to 1, or to 0 for a second axis that does
        not exist. NaN for a statement that no counted expert rated.
    centre : float array, shape (items,): mean opinion of the counted experts, -1 to 1; NaN as
        loadings.
    variance_share : float array, shape (2,): the part of all variance around the centre that each
        axis carries, 0 to 1, gaps taken as lying at the centre.
    answered : int array, shape (experts,): how many statements each expert rated.
    counted : bool array, shape (experts,): who rated enough to shape the map. The others are
        placed on it and shape nothing.
    level_correlation : Pearson correlation of the first axis with an expert's mean opinion, over
        the counted; None where one of the two does not vary. Near 1 in size, the first axis only
        says who rates higher than whom.
    """

    positions: FloatArray
    loadings: FloatArray
    centre: FloatArray
    variance_share: FloatArray
    answered: IntArray
    counted: BoolArray
    level_correlation: float | None


@dataclass(frozen=True, slots=True, eq=False)
class Axes:
    """What some experts' opinions say about the statements, before anyone is placed.

    centre : float array, shape (items,), 0 for a statement that none of them rated.
    directions : float array, shape (2, items), rows of length 1, or 0 for an axis not there.
    variances : float array, shape (2,), of the gap-filled matrix along the directions.
    total_variance : of the gap-filled matrix, over all directions.
    """

    centre: FloatArray
    directions: FloatArray
    variances: FloatArray
    total_variance: float


def on_common_scale(
    ratings: npt.ArrayLike, *, points: ScalePoints | Sequence[ScalePoints]
) -> FloatArray:
    """Put every item on one scale of opinion: -1 its lowest point, 0 its middle, 1 its highest.

    ratings : shape (experts, items), NaN missing.
    points : the scale, or one scale per item.

    Returns float array, shape (experts, items), -1 to 1, NaN where missing.

    Raises ValueError for a rating that is not on its scale and for a number of scales that is not
    the number of items.

    The middle of the *scale* is the zero, not the middle of the ratings: a statement that
    everybody supports shall look supported. No item is divided by its standard deviation: that
    would give one dissenter on an otherwise unanimous statement the pull of a divided panel.
    """
    if isinstance(points, ScalePoints):
        values = rated.checked(ratings, points=points)
        return (values - points.midpoint) * (2 / points.span)
    values = rated.checked(ratings)
    if len(points) != values.shape[1]:
        raise ValueError(f"{len(points)} scales do not fit {values.shape[1]} items")
    opinions = np.empty_like(values)
    for item, scale in enumerate(points):
        wrong = ~(np.isnan(values) | scale.on(values))
        wrong[:, np.arange(len(points)) != item] = False
        if wrong.any():
            raise ValueError(rated.off_scale(values, wrong, points=scale))
        opinions[:, item] = (values[:, item] - scale.midpoint) * (2 / scale.span)
    return opinions


def counted_experts(opinions: FloatArray, *, least_answers: int) -> BoolArray:
    """Who rated enough to shape the map: at least ``least_answers``, or every rated statement.

    A position made of three answers is mostly chance, and ``place`` stretches it.
    """
    observed = ~np.isnan(opinions)
    statements = int(rated_statements(opinions).sum())
    enough: BoolArray = observed.sum(axis=1) >= max(1, min(least_answers, statements))
    return enough


def rated_statements(opinions: FloatArray) -> BoolArray:
    """Which statements anybody rated, shape (items,)."""
    return np.asarray((~np.isnan(opinions)).any(axis=0), dtype=np.bool_)


def filled(opinions: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Opinions with 0 in every gap, and beside them 1.0 where there is one and 0.0 where not."""
    missing = np.isnan(opinions)
    return np.where(missing, 0.0, opinions), (~missing).astype(np.float64)


def deviations(
    values: FloatArray, observed: FloatArray, *, centre: FloatArray, remove_level: bool
) -> FloatArray:
    """How far each opinion lies from the panel's mean on that statement; 0 in a gap.

    With ``remove_level``, also from the expert's own mean deviation.
    """
    away = (values - centre) * observed
    if not remove_level:
        return away
    answered = np.maximum(observed.sum(axis=1, keepdims=True), 1.0)
    away -= observed * (away.sum(axis=1, keepdims=True) / answered)
    return away


def axes(values: FloatArray, observed: FloatArray, *, remove_level: bool) -> Axes:
    """Find the two directions along which these experts differ most.

    values, observed : as from ``filled``, shape (experts, items), at least one of each.

    Method
        Principal components of the matrix whose gaps are filled with the statement's mean, from
        the smaller of its two cross products. Each direction is turned so that the statement
        that pulls hardest pulls towards the positive end.
    Checked against
        scikit-learn 1.9 ``PCA`` on complete data.
    """
    per_item = observed.sum(axis=0)
    centre = (values * observed).sum(axis=0) / np.maximum(per_item, 1.0)
    if remove_level:
        centre = _level_free_centre(values, observed, centre)
    away = deviations(values, observed, centre=centre, remove_level=remove_level)
    experts, items = away.shape
    by_item = items <= experts
    products = away.T @ away if by_item else away @ away.T
    squares, vectors = np.linalg.eigh(products)
    squares, vectors = np.maximum(squares[::-1][:2], 0.0), vectors[:, ::-1][:, :2].T
    directions = vectors if by_item else vectors @ away
    real = squares > NO_VARIANCE * squares[0]
    lengths = np.sqrt(np.where(real, (directions**2).sum(axis=1), 1.0))
    directions = np.where(real, 1.0, 0.0)[:, np.newaxis] * directions / lengths[:, np.newaxis]
    hardest = directions[np.arange(len(real)), np.abs(directions).argmax(axis=1)]
    directions *= np.where(hardest < 0, -1.0, 1.0)[:, np.newaxis]
    absent = 2 - len(real)
    return Axes(
        centre=centre,
        directions=np.vstack([directions, np.zeros((absent, items))]),
        variances=np.concatenate([np.where(real, squares, 0.0), np.zeros(absent)]) / experts,
        # The trace of either cross product is the whole variance: no need to decompose for it.
        total_variance=float(np.trace(products)) / experts,
    )


def place(
    values: FloatArray, observed: FloatArray, found: Axes, *, remove_level: bool
) -> FloatArray:
    """Put experts on the map that ``axes`` found: float array, shape (experts, 2).

    An expert's position is the sum, over the statements she rated, of deviation times loading.
    Gaps add nothing, so the sum of someone who rated a quarter of the statements has a quarter
    of the terms and would fall near the centre whatever she thinks. It is therefore multiplied
    by sqrt(items / answered), which gives equally random answers the same spread whatever their
    number. The unit is half a scale: moving from the middle to the end on one statement of
    loading 1 moves an expert who rated everything by 1.

    0, 0 for somebody who rated nothing: callers leave her out.

    Source: Small C, et al. Polis: scaling deliberation by mapping high dimensional opinion
    spaces. Recerca 2021;26(2).
    """
    away = deviations(values, observed, centre=found.centre, remove_level=remove_level)
    answered = np.maximum(observed.sum(axis=1), 1.0)
    stretch = np.sqrt(values.shape[1] / answered)
    positions: FloatArray = (away @ found.directions.T) * stretch[:, np.newaxis]
    return positions


def draw(opinions: FloatArray, *, counted: BoolArray, remove_level: bool) -> OpinionMap:
    """Draw the map of a panel from opinions on the common scale.

    opinions : shape (experts, items), -1 to 1, NaN missing.
    counted : bool array, shape (experts,): who shapes the map, at least one expert with a rating.
    """
    drawn = rated_statements(opinions[counted])
    values, observed = filled(opinions[:, drawn])
    found = axes(values[counted], observed[counted], remove_level=remove_level)
    positions = place(values, observed, found, remove_level=remove_level)
    answered = observed.sum(axis=1)
    level = values[counted].sum(axis=1) / answered[counted]
    level_correlation = correlation(positions[counted, 0], level)
    positions[answered == 0] = np.nan
    items = opinions.shape[1]
    loadings, centre = np.full((items, 2), np.nan), np.full(items, np.nan)
    loadings[drawn], centre[drawn] = found.directions.T, found.centre
    # Without variance there is nothing to share out, and the variances are 0 as well.
    total = found.total_variance or 1.0
    return OpinionMap(
        positions=positions,
        loadings=loadings,
        centre=centre,
        variance_share=found.variances / total,
        answered=np.asarray((~np.isnan(opinions)).sum(axis=1), dtype=np.int64),
        counted=counted,
        level_correlation=level_correlation,
    )


def correlation(x: FloatArray, y: FloatArray) -> float | None:
    """Pearson correlation; None where one of the two does not vary."""
    x, y = x - x.mean(), y - y.mean()
    size = float(np.sqrt((x @ x) * (y @ y)))
    return float(x @ y) / size if size > NO_VARIANCE else None


def _level_free_centre(values: FloatArray, observed: FloatArray, centre: FloatArray) -> FloatArray:
    """The statements' means once everybody's own level is taken out, gaps and all.

    Least squares for expert level + statement level, by turns. With gaps the plain means will not
    do: a statement rated mostly by generous experts would look better than it is.
    """
    per_item = np.maximum(observed.sum(axis=0), 1.0)
    per_expert = np.maximum(observed.sum(axis=1), 1.0)
    for _ in range(_LEVEL_TURNS):
        level = ((values - centre) * observed).sum(axis=1) / per_expert
        level -= level.mean()
        updated = ((values - level[:, np.newaxis]) * observed).sum(axis=0) / per_item
        moved = float(np.abs(updated - centre).max())
        centre = updated
        if moved < _LEVEL_TOLERANCE:
            break
    return centre
