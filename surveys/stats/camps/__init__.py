"""Camps: do the experts fall into groups, who are they, what divides and what unites them?

``find`` answers for a panel of 8 to about 2,000 experts, from Likert ratings or from agree / pass
/ disagree, with gaps. It draws a map, divides the experts, and then asks whether the division
deserves the name. Three answers:

"camps"
    Groups with emptier ground between them, that come back when experts are drawn anew.
"spectrum"
    No gap: opinions hang together along an axis and both ends come back, but experts stand all
    along it. Where the line between the sides is drawn is a convention.
"none"
    Nothing that would come back.

The last two are "no stable camps". The division is reported in every case, since a reader will
want to see what was *not* found; only the verdict says what to call it.

The package's rooms: ``finding`` holds ``find`` and its answer; ``opinion_map`` places experts,
``grouping`` divides points, ``evidence`` tests against chance and resamples, ``statements``
counts what the camps say.
"""

from surveys.stats.camps.evidence import Evidence
from surveys.stats.camps.finding import WARNINGS, Camps, Standing, Verdict, find
from surveys.stats.camps.grouping import Division
from surveys.stats.camps.opinion_map import OpinionMap
from surveys.stats.camps.statements import Statements

__all__ = [
    "WARNINGS",
    "Camps",
    "Division",
    "Evidence",
    "OpinionMap",
    "Standing",
    "Statements",
    "Verdict",
    "find",
]
