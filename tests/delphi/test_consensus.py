"""What a consensus rule says of one item."""

import pytest

from surveys.delphi.consensus import ConsensusRule, Reason, Verdict
from surveys.delphi.scale import Scale
from surveys.delphi.summary import ItemCounts

FIVE = Scale.of(1, 5)
STUDY = ConsensusRule.share_with_limit(75, 15)


@pytest.mark.parametrize(
    ("low", "middle", "high", "verdict"),
    [
        (0, 1, 3, Verdict.UNDECIDED),
        (0, 2, 6, Verdict.IN),
        (0, 3, 7, Verdict.NO_CONSENSUS),
        (3, 2, 15, Verdict.IN),
        (4, 0, 16, Verdict.NO_CONSENSUS),
        (15, 2, 3, Verdict.OUT),
        (10, 0, 10, Verdict.NO_CONSENSUS),
    ],
)
def test_the_first_study_judges_on_exact_counts(low, middle, high, verdict):
    judged = STUDY.judge(ItemCounts((low, 0, middle, high, 0)), FIVE)

    assert judged.verdict is verdict


def test_too_few_ratings_decide_nothing_and_say_so():
    judged = STUDY.judge(ItemCounts.of([5, 5, 5, 5], FIVE), FIVE)

    assert judged.reason is Reason.TOO_FEW
    assert "4" in judged.sentence("en")
