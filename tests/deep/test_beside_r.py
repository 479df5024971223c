"""Base R computes the same numbers, on random panels with ties, small ones and large ones.

`python3 run.py deep` runs it where Rscript is; R's packages are not needed. Where R has a function
it is called; where it has none, R computes the definition from its own ranks, sums and
distributions. docs/statistics.md says which version of R this last ran with.
"""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from surveys.stats import (
    centre,
    comparison,
    concordance,
    content_validity,
    intervals,
    planning,
    posterior,
    reliability,
    spread,
    stability,
)
from surveys.stats.counts import from_ratings
from surveys.stats.participation import retention_model
from surveys.stats.ratings import ScalePoints
from surveys.stats.transitions import transition_tables
from tests.conftest import left_out

pytestmark = pytest.mark.slow

NINE = ScalePoints(1, 9)
FIVE = ScalePoints(1, 5)
SLIDER = ScalePoints(0, 100)
SEEDS = range(60)

Numbers = npt.NDArray[np.float64]
Chance = np.random.Generator


@dataclass(frozen=True)
class Question:
    """One panel: what R is asked, and our answer; several numbers where R gives several."""

    r: str
    ours: npt.ArrayLike


def vector(values: npt.ArrayLike) -> str:
    """Numbers as R writes them."""
    return "c(" + ",".join(f"{value:.17g}" for value in np.ravel(values)) + ")"


def matrix(values: Any) -> str:
    """A matrix as R writes it, row by row."""
    return f"matrix({vector(values)}, nrow={len(values)}, byrow=TRUE)"


def likert(chance: Chance, experts: int, *, points: ScalePoints = NINE) -> Numbers:
    """Ratings that lean somewhere, with ties, never all the same."""
    level = chance.uniform(points.lowest, points.highest)
    spread_of = points.span / chance.uniform(2, 8)
    drawn = np.rint(chance.normal(level, spread_of, experts))
    ratings = np.clip(drawn, points.lowest, points.highest)
    ratings[0] = points.lowest + (ratings[1] == points.lowest)
    return ratings


def untied(chance: Chance, experts: int) -> Numbers:
    """Points of a slider, no two the same."""
    return chance.permutation(101)[:experts].astype(np.float64)


def size(chance: Chance) -> int:
    return int(chance.integers(2, 60))


def two_rounds(chance: Chance, experts: int, points: ScalePoints = NINE) -> tuple[Numbers, Numbers]:
    """Ratings of two rounds, related, with somebody who moved up and somebody who moved down."""
    earlier = likert(chance, experts, points=points)
    moves = np.rint(chance.normal(chance.uniform(-1, 1), 1.2, experts))
    later = np.clip(earlier + moves, points.lowest, points.highest)
    earlier[:2], later[:2] = (points.lowest, points.highest), (points.highest, points.lowest)
    return earlier, later


def one_item(chance: Chance) -> tuple[Numbers, Any]:
    ratings = likert(chance, size(chance))
    return ratings, from_ratings(ratings, points=NINE)


# --- one item ---------------------------------------------------------------------------------


def quantile_of_type(kind: int) -> Callable[[Chance], Question]:
    def asked(chance: Chance) -> Question:
        ratings, table = one_item(chance)
        shares = (0.1, 0.25, 0.3, 0.5, 0.7, 0.75, 0.9)
        return Question(
            f"quantile({vector(ratings)}, {vector(shares)}, type={kind}, names=FALSE)",
            spread.quantiles(table, shares, quantile_method=kind)[0],
        )

    return asked


def hinges(chance: Chance) -> Question:
    ratings, table = one_item(chance)
    found = spread.quantiles(table, (0.25, 0.5, 0.75), quantile_method="tukey_hinges")
    return Question(f"fivenum({vector(ratings)})[2:4]", found[0])


def centre_and_spread(chance: Chance) -> Question:
    ratings, table = one_item(chance)
    return Question(
        f"{{x <- {vector(ratings)}; c(mean(x), median(x), sd(x), IQR(x), mad(x, constant=1),"
        " mad(x), mean(abs(x - median(x))), sd(x) / mean(x))}",
        [
            centre.mean(table)[0],
            centre.median(table)[0],
            spread.standard_deviation(table)[0],
            spread.quartiles(table, quantile_method="linear").width[0],
            spread.median_absolute_deviation(table)[0],
            spread.median_absolute_deviation(table, scaled=True)[0],
            spread.mean_absolute_deviation(table)[0],
            spread.coefficient_of_variation(table)[0],
        ],
    )


def interval_of_the_mean(chance: Chance) -> Question:
    ratings, table = one_item(chance)
    found = centre.mean_interval(table)
    return Question(f"t.test({vector(ratings)})$conf.int", [found.lower[0], found.upper[0]])


def interval_of_the_median(chance: Chance) -> Question:
    ratings = likert(chance, int(chance.integers(6, 60)))
    found = centre.median_interval(from_ratings(ratings, points=NINE))
    return Question(
        f"{{x <- sort({vector(ratings)}); n <- length(x); k <- qbinom(.025, n, .5);"
        " c(x[k], x[n + 1 - k], 1 - 2 * pbinom(k - 1, n, .5))}",
        [found.lower[0], found.upper[0], found.coverage[0]],
    )


def intervals_of_a_share(chance: Chance) -> Question:
    n = int(chance.integers(1, 200))
    count = int(chance.integers(1, n + 1))
    found = [
        intervals.proportion(count, n, method=method)
        for method in ("wilson", "clopper-pearson", "jeffreys")
    ]
    # Jeffreys' limits at 0 and n are 0 and 1 by convention; R's quantiles of it are not.
    upper = "1" if count == n else f"qbeta(.975, {count} + .5, {n - count} + .5)"
    return Question(
        f"c(prop.test({count}, {n}, correct=FALSE)$conf.int, binom.test({count}, {n})$conf.int,"
        f" qbeta(.025, {count} + .5, {n - count} + .5), {upper})",
        [float(end) for one in found for end in (one.lower, one.upper)],
    )


def probability_of_a_share(chance: Chance) -> Question:
    n = int(chance.integers(1, 300))
    count = int(chance.integers(0, n + 1))
    return Question(
        f"pbeta(.7, {count} + .5, {n - count} + .5, lower.tail=FALSE)",
        posterior.share_exceeds(count, n, threshold=0.7),
    )


def chance_of_the_seventy_per_cent_rule(chance: Chance) -> Question:
    experts, share = int(chance.integers(5, 80)), float(chance.uniform(0.3, 0.95))
    clause = planning.ShareClause(0.7)
    return Question(
        f"pbinom(ceiling(7 * {experts} / 10) - 1, {experts}, {share!r}, lower.tail=FALSE)",
        planning.chance_of_consensus(clause, experts, region=share).chance,
    )


def critical_content_validity(chance: Chance) -> Question:
    experts = int(chance.integers(5, 900))
    return Question(
        f"{{n <- {experts}; k <- qbinom(.05, n, .5, lower.tail=FALSE) + 1; (2 * k - n) / n}}",
        content_validity.critical_ratio(experts).cvr or np.nan,
    )


# --- the list ---------------------------------------------------------------------------------


def list_of_items(chance: Chance) -> Numbers:
    experts, items = int(chance.integers(3, 20)), int(chance.integers(3, 15))
    level = chance.normal(5, 1.5, items) + chance.normal(0, 0.7, (experts, 1))
    return np.clip(np.rint(chance.normal(level, 1.2)), 1, 9)


def concordance_of_the_list(chance: Chance) -> Question:
    ratings = list_of_items(chance)
    w, f = concordance.kendalls_w(ratings), concordance.friedman(ratings)
    return Question(
        f"{{t <- friedman.test({matrix(ratings)});"
        f" c(t$statistic / ({len(ratings)} * t$parameter), t$statistic, t$parameter, t$p.value)}}",
        [w.w or 0, f.statistic or 0, f.df or 0, f.p or 0],
    )


def average_rank_correlation(chance: Chance) -> Question:
    ratings = list_of_items(chance)
    ratings = ratings[ratings.std(axis=1) > 0]
    return Question(
        f"{{r <- cor(t({matrix(ratings)}), method='spearman'); mean(r[lower.tri(r)])}}",
        concordance.average_rank_correlation(ratings).value or 0,
    )


def cronbachs_alpha(chance: Chance) -> Question:
    ratings = list_of_items(chance)
    return Question(
        f"{{s <- cov(t({matrix(ratings)})); k <- nrow(s); k / (k - 1) * (1 - sum(diag(s)) / sum(s))}}",
        concordance.cronbach_alpha(ratings).alpha or 0,
    )


def intraclass_correlations(chance: Chance) -> Question:
    ratings = list_of_items(chance)
    found = reliability.icc(ratings)
    experts, items = ratings.shape
    return Question(
        f"{{x <- {matrix(ratings)}; k <- {experts}; n <- {items};"
        " d <- data.frame(y=as.vector(x), e=factor(row(x)), i=factor(col(x)));"
        " m <- anova(lm(y ~ i + e, d))[['Mean Sq']]; o <- anova(lm(y ~ i, d))[['Mean Sq']];"
        " c((o[1] - o[2]) / (o[1] + (k - 1) * o[2]),"
        " (m[1] - m[3]) / (m[1] + (k - 1) * m[3] + k / n * (m[2] - m[3])),"
        " (m[1] - m[3]) / (m[1] + (k - 1) * m[3]), (m[1] - m[3]) / m[1])}",
        [
            found.one_way.value or np.nan,
            found.agreement.value or np.nan,
            found.consistency.value or np.nan,
            found.mean_consistency.value or np.nan,
        ],
    )


# --- two rounds -------------------------------------------------------------------------------


def correlations_between_rounds(chance: Chance) -> Question:
    earlier, later = two_rounds(chance, int(chance.integers(3, 60)))
    found = stability.rank_correlation(transition_tables(earlier, later, points=NINE))
    return Question(
        f"{{a <- {vector(earlier)}; b <- {vector(later)};"
        " c(cor(a, b, method='spearman'), cor(a, b, method='kendall'))}",
        [found.spearman[0], found.kendall_tau_b[0]],
    )


def signed_rank_by_the_normal_distribution(chance: Chance) -> Question:
    earlier, later = two_rounds(chance, int(chance.integers(6, 120)))
    tables = transition_tables(earlier, later, points=NINE)
    found = stability.signed_rank(tables, zeros="wilcox", exact_up_to=0)
    return Question(
        f"{{t <- wilcox.test({vector(later)}, {vector(earlier)}, paired=TRUE, exact=FALSE,"
        " correct=FALSE); c(t$statistic, t$p.value)}",
        [found.ranks_up[0], found.p[0]],
    )


def signed_rank_exactly(chance: Chance) -> Question:
    pairs = int(chance.integers(3, 45))
    steps = (chance.permutation(50)[:pairs] + 1.0) * chance.choice([-1, 1], pairs)
    earlier, later = np.full(pairs, 50.0), 50.0 + steps
    found = stability.signed_rank(transition_tables(earlier, later, points=SLIDER), zeros="wilcox")
    assert found.exact[0]
    return Question(
        f"{{t <- wilcox.test({vector(later)}, {vector(earlier)}, paired=TRUE, exact=TRUE);"
        " c(t$statistic, t$p.value)}",
        [found.ranks_up[0], found.p[0]],
    )


def signed_rank_with_pratts_zeros(chance: Chance) -> Question:
    """R has no Pratt; it ranks, drops the zeros and counts every pattern of signs."""
    earlier, later = two_rounds(chance, int(chance.integers(3, 13)))
    found = stability.signed_rank(transition_tables(earlier, later, points=NINE))
    return Question(
        f"{{d <- {vector(later - earlier)}; r <- rank(abs(d))[d != 0]; d <- d[d != 0];"
        " s <- as.matrix(expand.grid(rep(list(c(0, 1)), length(d)))) %*% r; v <- sum(r[d > 0]);"
        " c(v, min(1, 2 * min(mean(s <= v + 1e-9), mean(s >= v - 1e-9))))}",
        [found.ranks_up[0], found.p[0]],
    )


def shift_between_rounds(chance: Chance) -> Question:
    earlier, later = two_rounds(chance, size(chance) + 1)
    return Question(
        f"{{d <- {vector(later - earlier)}; w <- outer(d, d, '+') / 2;"
        " median(w[lower.tri(w, diag=TRUE)])}",
        stability.hodges_lehmann_change(transition_tables(earlier, later, points=NINE))[0],
    )


def consensus_gained_and_lost(chance: Chance) -> Question:
    earlier, later = two_rounds(chance, int(chance.integers(3, 90)))
    found = stability.mcnemar(
        transition_tables(earlier, later, points=NINE), inside=NINE.values >= 7
    )
    lost, gained = int(found.earlier_only[0]), int(found.later_only[0])
    return Question(
        f"{{t <- table(factor({vector(earlier)} >= 7, c(FALSE, TRUE)),"
        f" factor({vector(later)} >= 7, c(FALSE, TRUE)));"
        " b <- t[2, 1]; c <- t[1, 2]; m <- mcnemar.test(t, correct=FALSE);"
        " c(b, c, binom.test(b, b + c)$p.value, m$statistic, m$p.value,"
        " min(1, 2 * pbinom(min(b, c), b + c, .5) - dbinom(min(b, c), b + c, .5)))}",
        [
            lost,
            gained,
            found.exact_p[0],
            found.statistic[0],
            found.chi2_p[0],
            found.mid_p[0],
        ],
    )


def three_points(chance: Chance) -> tuple[Numbers, Numbers]:
    """Two rounds on three points with moves between every two of them."""
    earlier, later = (np.rint(chance.uniform(0.5, 3.5, 40)) for _ in range(2))
    every = [(a, b) for a in (1, 2, 3) for b in (1, 2, 3)]
    earlier[: len(every)], later[: len(every)] = zip(*every, strict=True)
    return np.clip(earlier, 1, 3), np.clip(later, 1, 3)


def symmetry_of_moves(chance: Chance) -> Question:
    earlier, later = three_points(chance)
    found = stability.bowker(transition_tables(earlier, later, points=ScalePoints(1, 3)))
    return Question(
        f"{{t <- mcnemar.test(table({vector(earlier)}, {vector(later)}));"
        " c(t$statistic, t$parameter, t$p.value)}",
        [found.statistic[0], found.df[0], found.p[0]],
    )


def sameness_of_the_margins(chance: Chance) -> Question:
    """Stuart and Maxwell's is the Cochran-Mantel-Haenszel test with every expert a stratum."""
    earlier, later = three_points(chance)
    found = stability.marginal_homogeneity(
        transition_tables(earlier, later, points=ScalePoints(1, 3))
    )
    return Question(
        f"{{a <- {vector(earlier)}; b <- {vector(later)}; n <- length(a);"
        " t <- mantelhaen.test(table(c(a, b), rep(1:2, each=n), rep(1:n, 2)));"
        " c(t$statistic, t$parameter, t$p.value)}",
        [found.statistic[0], found.df[0], found.p[0]],
    )


def two_rounds_as_two_panels(chance: Chance) -> Question:
    earlier, later = two_rounds(chance, int(chance.integers(5, 80)))
    tables = transition_tables(earlier, later, points=NINE)
    group = stability.chi_square_group(tables.earlier, tables.later)
    alone = stability.chi_square_individual(tables)
    return Question(
        f"{{a <- {vector(earlier)}; b <- {vector(later)};"
        " g <- chisq.test(table(c(a, b), rep(1:2, each=length(a))), correct=FALSE);"
        " i <- chisq.test(table(a, b), correct=FALSE);"
        " c(g$statistic, g$parameter, g$p.value, i$statistic, i$parameter, i$p.value,"
        " min(i$expected), mean(i$expected < 5))}",
        [
            group.statistic[0],
            group.df[0],
            group.p[0],
            alone.statistic[0],
            alone.df[0],
            alone.p[0],
            alone.smallest_expected[0],
            alone.below_five[0],
        ],
    )


def change_that_does_not_matter(chance: Chance) -> Question:
    earlier, later = two_rounds(chance, int(chance.integers(3, 60)))
    found = stability.mean_equivalence(transition_tables(earlier, later, points=NINE), margin=0.5)
    assert found.p is not None
    return Question(
        f"{{d <- {vector(later - earlier)};"
        " p <- max(t.test(d, mu=-.5, alternative='greater')$p.value,"
        " t.test(d, mu=.5, alternative='less')$p.value);"
        " c(p, t.test(d, conf.level=.9)$conf.int)}",
        [found.p[0], found.lower[0], found.upper[0]],
    )


def kappa_between_rounds(chance: Chance) -> Question:
    earlier, later = two_rounds(chance, size(chance) + 1)
    found = stability.weighted_kappa(transition_tables(earlier, later, points=NINE))
    return Question(
        f"{{a <- {vector(earlier)}; b <- {vector(later)};"
        " 1 - mean((a - b)^2) / mean(outer(a, b, '-')^2)}",
        found.kappa[0],
    )


def three_rounds(chance: Chance) -> list[Numbers]:
    """Ratings of three rounds; not every expert keeps the same rating, or the same side."""
    experts = int(chance.integers(4, 40))
    level = chance.normal(6, 1.5, experts)
    rounds = [np.clip(np.rint(chance.normal(level, 1.0)), 1, 9) for _ in range(3)]
    for later, rating in zip(rounds, (1.0, 9.0, 8.0), strict=True):
        later[0] = rating
    return rounds


def friedman_over_rounds(chance: Chance) -> Question:
    rounds = three_rounds(chance)
    found = stability.friedman_over_rounds(rounds)
    return Question(
        f"{{t <- friedman.test(t({matrix(rounds)})); c(t$statistic, t$parameter, t$p.value)}}",
        [found.statistic[0], found.df, found.p[0]],
    )


def cochrans_q(chance: Chance) -> Question:
    """Cochran's Q is Friedman's test of yes and no."""
    rounds = three_rounds(chance)
    found = stability.cochran_q(rounds, points=NINE, inside=NINE.values >= 7)
    return Question(
        f"{{t <- friedman.test(t({matrix(rounds)}) >= 7); c(t$statistic, t$p.value)}}",
        [found.statistic[0], found.p[0]],
    )


# --- groups and attrition ---------------------------------------------------------------------


def groups_of_ratings(chance: Chance) -> tuple[Numbers, list[str]]:
    sizes = chance.integers(2, 15, int(chance.integers(2, 6)))
    names = [f"g{at}" for at, experts in enumerate(sizes) for _ in range(experts)]
    return likert(chance, len(names)), names


def kruskal_and_wallis(chance: Chance) -> Question:
    ratings, names = groups_of_ratings(chance)
    found = comparison.kruskal_wallis(comparison.group_tables(ratings, names, points=NINE))
    groups = ",".join(f"'{name}'" for name in names)
    return Question(
        f"{{t <- kruskal.test({vector(ratings)}, factor(c({groups})));"
        " c(t$statistic, t$parameter, t$p.value)}",
        [found.statistic[0], found.df[0], found.p[0]],
    )


def two_groups(chance: Chance) -> tuple[Numbers, Numbers]:
    return likert(chance, int(chance.integers(4, 40))), likert(chance, int(chance.integers(4, 40)))


def mann_and_whitney_by_the_normal_distribution(chance: Chance) -> Question:
    first, second = two_groups(chance)
    found = comparison.mann_whitney(
        from_ratings(first, points=NINE), from_ratings(second, points=NINE), exact_up_to=0
    )
    return Question(
        f"{{t <- wilcox.test({vector(first)}, {vector(second)}, exact=FALSE, correct=FALSE);"
        " c(t$statistic, t$p.value)}",
        [found.u[0], found.p[0]],
    )


def mann_and_whitney_exactly(chance: Chance) -> Question:
    ratings = untied(chance, int(chance.integers(8, 50)))
    cut = int(chance.integers(3, len(ratings) - 3))
    first, second = ratings[:cut], ratings[cut:]
    tables = from_ratings(first, points=SLIDER), from_ratings(second, points=SLIDER)
    found = comparison.mann_whitney(*tables)
    assert found.exact[0]
    return Question(
        f"{{t <- wilcox.test({vector(first)}, {vector(second)}, exact=TRUE);"
        " c(t$statistic, t$p.value)}",
        [found.u[0], found.p[0]],
    )


def mann_and_whitney_with_ties(chance: Chance) -> Question:
    """R stops at ties; it counts every choice of the first group instead."""
    ratings = likert(chance, int(chance.integers(5, 13)), points=FIVE)
    cut = int(chance.integers(2, len(ratings) - 1))
    first, second = ratings[:cut], ratings[cut:]
    found = comparison.mann_whitney(
        from_ratings(first, points=FIVE), from_ratings(second, points=FIVE)
    )
    return Question(
        f"{{r <- rank({vector(ratings)}); s <- combn(length(r), {cut}, function(i) sum(r[i]));"
        f" v <- sum(r[1:{cut}]);"
        " min(1, 2 * min(mean(s <= v + 1e-9), mean(s >= v - 1e-9)))}",
        found.p[0],
    )


def size_of_the_difference(chance: Chance) -> Question:
    first, second = two_groups(chance)
    tables = from_ratings(first, points=NINE), from_ratings(second, points=NINE)
    return Question(
        f"{{a <- {vector(first)}; b <- {vector(second)}; d <- outer(a, b, '-');"
        " n <- length(a); m <- length(b);"
        " s <- sqrt(((n - 1) * var(a) + (m - 1) * var(b)) / (n + m - 2));"
        " c(median(d), mean(sign(d)), (mean(a) - mean(b)) / s * (1 - 3 / (4 * (n + m) - 9)))}",
        [
            comparison.hodges_lehmann_shift(*tables).shift[0],
            comparison.cliffs_delta(*tables).delta[0],
            comparison.standardised_difference(*tables).d[0],
        ],
    )


def interval_of_the_shift(chance: Chance) -> Question:
    """Without ties R's exact interval runs between two of the differences, as ours does."""
    ratings = untied(chance, int(chance.integers(12, 40)))
    cut = int(chance.integers(5, len(ratings) - 5))
    first, second = ratings[:cut], ratings[cut:]
    found = comparison.hodges_lehmann_shift(
        from_ratings(first, points=SLIDER), from_ratings(second, points=SLIDER)
    )
    return Question(
        f"{{t <- wilcox.test({vector(first)}, {vector(second)}, exact=TRUE, conf.int=TRUE);"
        " c(t$conf.int, t$estimate)}",
        [found.lower[0], found.upper[0], found.shift[0]],
    )


def dunns_comparisons(chance: Chance) -> Question:
    ratings, names = groups_of_ratings(chance)
    found = comparison.dunn_test(comparison.group_tables(ratings, names, points=NINE))
    groups = ",".join(f"'{name}'" for name in names)
    return Question(
        f"{{r <- rank({vector(ratings)}); g <- c({groups}); n <- length(r); q <- combn(unique(g), 2);"
        " z <- apply(q, 2, function(k) (mean(r[g == k[1]]) - mean(r[g == k[2]])) /"
        " sqrt(var(r) * (1 / sum(g == k[1]) + 1 / sum(g == k[2]))));"
        " p <- 2 * pnorm(-abs(z)); c(z, p, p.adjust(p, 'holm'))}",
        np.concatenate([found.z[0], found.p[0], found.p_holm[0]]),
    )


def many_items(chance: Chance) -> Question:
    p = chance.uniform(0, 1, int(chance.integers(1, 60))) ** 3
    p[chance.random(p.size) < 0.2] = p[0]
    return Question(
        f"{{p <- {vector(p)}; c(p.adjust(p, 'holm'), p.adjust(p, 'BH'))}}",
        np.concatenate([comparison.holm(p), comparison.benjamini_hochberg(p)]),
    )


def fishers_test(chance: Chance) -> Question:
    table = chance.integers(0, 9, (2, int(chance.integers(2, 5))))
    table[:, :2] += np.eye(2, dtype=np.int64)
    found = comparison.fisher_test(table)
    assert found.method == "exact"
    return Question(f"fisher.test({matrix(table)})$p.value", found.p or 0)


def chance_to_stay(chance: Chance) -> Question:
    experts = int(chance.integers(30, 80))
    mean_rating = chance.uniform(1, 9, experts)
    stayed = chance.random(experts) < 0.8 - 0.04 * mean_rating
    stayed[:4], mean_rating[:4] = (True, False, True, False), (1, 2, 9, 8)
    found = retention_model(stayed, mean_rating[:, np.newaxis], penalty=0)
    return Question(
        f"fitted(glm({vector(stayed)} ~ {vector(mean_rating)}, family=binomial,"
        " control=glm.control(epsilon=1e-14, maxit=100)))",
        found.probability,
    )


ASKED: dict[str, Callable[[Chance], Question]] = {
    **{f"quantiles of type {kind}": quantile_of_type(kind) for kind in range(1, 10)},
    **{
        question.__name__.replace("_", " "): question
        for question in (
            hinges,
            centre_and_spread,
            interval_of_the_mean,
            interval_of_the_median,
            intervals_of_a_share,
            probability_of_a_share,
            chance_of_the_seventy_per_cent_rule,
            critical_content_validity,
            concordance_of_the_list,
            average_rank_correlation,
            cronbachs_alpha,
            intraclass_correlations,
            correlations_between_rounds,
            signed_rank_by_the_normal_distribution,
            signed_rank_exactly,
            signed_rank_with_pratts_zeros,
            shift_between_rounds,
            consensus_gained_and_lost,
            symmetry_of_moves,
            sameness_of_the_margins,
            two_rounds_as_two_panels,
            change_that_does_not_matter,
            kappa_between_rounds,
            friedman_over_rounds,
            cochrans_q,
            kruskal_and_wallis,
            mann_and_whitney_by_the_normal_distribution,
            mann_and_whitney_exactly,
            mann_and_whitney_with_ties,
            size_of_the_difference,
            interval_of_the_shift,
            dunns_comparisons,
            many_items,
            fishers_test,
            chance_to_stay,
        )
    },
}


def answers_of_r(questions: Sequence[str], folder: Path) -> list[Numbers]:
    """What R says to each question, at full precision."""
    rscript = shutil.which("Rscript")
    if rscript is None:
        left_out("R is not on this machine")
    lines = [
        f"cat(format(as.numeric(suppressWarnings({asked})), digits=17), '\\n')"
        for asked in questions
    ]
    script = folder / "questions.R"
    script.write_text("\n".join(lines), "utf-8")
    run = subprocess.run(
        [str(rscript), "--vanilla", str(script)], capture_output=True, text=True, check=False
    )
    assert run.returncode == 0, run.stderr
    answered = run.stdout.strip().split("\n")
    assert len(answered) == len(questions)
    return [np.array([float(word) for word in line.split()]) for line in answered]


@pytest.mark.parametrize("asked", ASKED.values(), ids=ASKED)
def test_r_computes_the_same(asked: Callable[[Chance], Question], tmp_path: Path) -> None:
    questions = [asked(np.random.default_rng([seed, 2026])) for seed in SEEDS]

    theirs = answers_of_r([question.r for question in questions], tmp_path)

    for seed, question, said in zip(SEEDS, questions, theirs, strict=True):
        ours = np.ravel(np.asarray(question.ours, dtype=np.float64))
        assert np.isfinite(ours).all(), f"seed {seed} leaves nothing to compare"
        np.testing.assert_allclose(
            ours, said, rtol=1e-9, atol=1e-9, err_msg=f"seed {seed}: {question.r}"
        )
