"""Whose figures change together in a round in real time.

Each group that is shown is a batch with releases of its own (release.py), and the panel's figures are
the sum of what was last released of the batches. So there is nothing to subtract: the panel less its
groups is a batch too. If the panel moved by itself, or waited for all groups at once, the few whose
group has not moved yet would show, or nobody would see anything until the last hour.
"""

from __future__ import annotations

from collections.abc import Mapping

# The experts whose groups are too small to be released by themselves: together, as one batch.
TOGETHER = ""


def batches(sizes: Mapping[str, int], smallest: int) -> dict[str, str]:
    """Stakeholder group to the name of its batch.

    sizes : how many experts each group has on the panel. A group that can fill a batch is one by
        itself; all others are one batch together, joined by the next smallest groups until they can
        fill one.

    >>> batches({"nurses": 9, "patients": 6, "payers": 2}, 5)
    {'nurses': 'nurses', 'patients': '', 'payers': ''}
    """
    alone = sorted((size, group) for group, size in sizes.items() if size >= smallest)
    together = {group for group, size in sizes.items() if size < smallest}
    while alone and 0 < sum(sizes[group] for group in together) < smallest:
        together.add(alone.pop(0)[1])
    return {group: TOGETHER if group in together else group for group in sizes}
