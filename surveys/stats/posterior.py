"""How sure is a verdict? The probability that the true share passes its threshold.

"8 of 11 rated it 7 to 9" passes 70 %; among all experts like these, the share is above 70 % with
probability .56. Two-clause rules (at least 70 % high and less than 15 % low) need the joint
probability of both clauses, because the two shares of one panel are not independent.

Everything is computed, nothing is drawn: the same counts give the same probability everywhere.
"""

import numpy as np
import numpy.typing as npt

from surveys.stats import intervals
from surveys.stats.ratings import FloatArray, IntArray

# Jeffreys' prior: half a rating in each region before anybody has rated.
PRIOR = 0.5

# The double-exponential rule: 129 nodes leave an error below 1e-10 on every panel tried, from
# nobody to 100,000 experts.
_NODES = 129
_REACH = 4.0
# Mass this small beyond the limits of the integral is left out.
_NEGLIGIBLE = 1e-16


def share_exceeds(
    count: npt.ArrayLike, n: npt.ArrayLike, *, threshold: float, prior: float = PRIOR
) -> FloatArray:
    """How probable is it that the true share lies above the threshold?

    count, n : experts in the region, and usable ratings, any one shape.
    threshold : from 0 to 1.
    prior : Beta(prior, prior) before the data; 1/2 is Jeffreys'.

    Returns probabilities of the shape of ``count``. It is defined without data too: with nobody
    (n = 0) it is the prior's own probability, which says nothing of the panel; ask for it only
    where somebody rated.

    Raises ValueError for a count outside 0..n, a threshold outside 0..1, a prior not above 0.

    Method: 1 - I(threshold; count + prior, n - count + prior), the regularised incomplete beta
    function. For a share, "above" and "at least" have the same probability.

    Source: Brown LD, Cai TT, DasGupta A, Stat Sci 2001;16:101-33, for the prior.

    Checked against: scipy 1.17 stats.beta.sf.

    >>> round(float(share_exceeds(8, 11, threshold=0.70)), 2)
    0.56
    """
    from scipy import special

    counts, totals = intervals.checked_counts(count, n)
    _check(prior, threshold)
    above: FloatArray = special.betaincc(counts + prior, totals - counts + prior, threshold)
    return above


def both_clauses_hold(
    region: npt.ArrayLike,
    opposite: npt.ArrayLike,
    n: npt.ArrayLike,
    *,
    at_least: float,
    opposite_below: float,
    middle_exists: bool = True,
    prior: float = PRIOR,
) -> FloatArray:
    """How probable is it that both clauses of a rule such as 70/15 hold for the true shares?

    region, opposite : experts in the region that should be full, and in the opposite one.
    n : usable ratings; the rest are in between.
    at_least : threshold of the first share, from 0 to 1.
    opposite_below : limit of the second share, from 0 to 1.
    middle_exists : False on a scale without a middle region, where the two shares add up to 1.
    prior : Dirichlet weight of each region; 1/2 is Jeffreys'.

    Returns joint probabilities, of the shape of ``region``.

    Raises ValueError for counts that are not whole, negative, or exceed n together, for ratings
    in the middle of a scale without one, a threshold outside 0..1, a prior not above 0.

    With three regions the prior puts 1/2 on each, so the share of one region alone is
    Beta(count + 1/2, n - count + 1): a little lower than ``share_exceeds`` with its two regions.

    Method: the first share is Beta(a, b + c); given it, the opposite share is a Beta(b, c)
    fraction of what is left, with a, b, c the counts plus the prior. The probability is the
    integral over the first share, from the threshold on, of its density times the chance of the
    second clause. Where the first share alone leaves less than the limit the chance is 1 and the
    integral is a beta tail; the rest is integrated by a double-exponential rule, which bears the
    infinite slopes at its ends.

    Checked against: adaptive quadrature (scipy 1.17 integrate.quad) and Dirichlet draws.
    """
    full, totals = intervals.checked_counts(region, n)
    other, _ = intervals.checked_counts(opposite, n)
    _check(prior, at_least, opposite_below)
    full, other, totals = np.broadcast_arrays(full, other, totals)
    rest = totals - full - other
    if (rest < 0).any():
        place = tuple(np.argwhere(rest < 0)[0])
        raise ValueError(
            f"{full[place]} and {other[place]} experts are more than all {totals[place]}"
        )
    if not middle_exists:
        if rest.any():
            raise ValueError(f"{rest[rest > 0][0]} ratings lie in a middle that does not exist")
        return share_exceeds(full, totals, threshold=max(at_least, 1 - opposite_below), prior=prior)
    shape = full.shape
    joint = _joint(full.ravel(), other.ravel(), rest.ravel(), at_least, opposite_below, prior)
    return joint.reshape(shape)


def _joint(
    full: IntArray,
    other: IntArray,
    rest: IntArray,
    at_least: float,
    limit: float,
    prior: float,
) -> FloatArray:
    from scipy import special

    a, b, c = full + prior, other + prior, rest + prior
    # From here on the first share leaves less than the limit, whatever the others do.
    certain_from = max(at_least, 1 - limit)
    certain: FloatArray = special.betaincc(a, b + c, certain_from)
    if at_least >= 1 - limit or limit == 0:
        return certain if limit > 0 else np.zeros(full.shape)

    # Integrate only where the first share has mass, so that a large panel's narrow peak is not
    # stepped over.
    start = np.clip(special.betaincinv(a, b + c, _NEGLIGIBLE), at_least, 1 - limit)
    stop = np.clip(special.betainccinv(a, b + c, _NEGLIGIBLE), at_least, 1 - limit)
    width = (stop - start)[:, np.newaxis]
    u = np.linspace(-_REACH, _REACH, _NODES)
    stretched = np.pi * np.sinh(u)
    # The distances to both ends, each exact near its own end, where the slopes are infinite.
    above_start, below_stop = special.expit(stretched), special.expit(-stretched)
    weight = np.pi * np.cosh(u) * above_start * below_stop * (u[1] - u[0])
    x = start[:, np.newaxis] + width * above_start
    left = (1 - stop)[:, np.newaxis] + width * below_stop
    a, b, c = (part[:, np.newaxis] for part in (a, b, c))
    log_density = special.xlogy(a - 1, x) + special.xlogy(b + c - 1, left)
    log_density -= special.betaln(a, b + c)
    chance = special.betainc(b, c, np.minimum(limit / left, 1))
    uncertain = (width * weight * np.exp(log_density) * chance).sum(axis=1)
    joint: FloatArray = np.minimum(certain + uncertain, 1.0)
    return joint


def _check(prior: float, *shares: float) -> None:
    if prior <= 0:
        raise ValueError(f"a prior weight is above 0, not {prior}")
    for share in shares:
        if not 0 <= share <= 1:
            raise ValueError(f"a threshold lies from 0 to 1, not at {share}")
