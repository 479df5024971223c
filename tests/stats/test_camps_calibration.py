"""How often camps are claimed and seen: corners of the tables in docs/statistics.md."""

import numpy as np
import pytest

from surveys.stats import camps
from surveys.stats.ratings import ScalePoints

pytestmark = pytest.mark.slow

PANELS = 60
ITEMS = 24


def verdicts(latent_of):
    """Verdicts on simulated panels of nine points; ``latent_of`` makes opinions from -1 to 1."""
    found = []
    for seed in range(PANELS):
        rng = np.random.default_rng([seed, 41])
        latent = latent_of(rng) + rng.normal(0, 0.35, ITEMS)
        latent += rng.normal(0, 0.5, latent.shape)
        ratings = np.clip(np.rint(5 + 4 * latent), 1, 9)
        found.append(camps.find(ratings, points=ScalePoints(1, 9), seed=seed, resamples=99).verdict)
    return found


@pytest.mark.parametrize("experts", [10, 24, 60])
def test_one_cloud_is_called_camps_in_at_most_one_panel_in_twenty(experts):
    found = verdicts(lambda rng: np.outer(rng.normal(size=experts), rng.normal(0, 0.3, ITEMS)))

    # With a true 5 %, nine of sixty or more would happen once in a thousand.
    assert found.count("camps") <= 8


def test_unrelated_statements_are_neither_camps_nor_a_spectrum():
    found = verdicts(lambda rng: np.zeros((24, ITEMS)))

    assert found.count("none") >= PANELS - 3


@pytest.mark.parametrize(("experts", "at_least"), [(10, 0.6), (24, 0.9)])
def test_camps_four_points_apart_are_seen(experts, at_least):
    def two_camps(rng):
        profile = 0.5 * rng.choice([-1, 1], ITEMS) * (rng.uniform(size=ITEMS) < 0.6)
        return np.outer(np.where(np.arange(experts) % 2, 1, -1), profile)

    found = verdicts(two_camps)

    assert found.count("camps") >= at_least * PANELS
