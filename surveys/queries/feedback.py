"""What of an item's frozen sheet one expert sees, by the policy that holds for them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select

from surveys.delphi.feedback import FeedbackPolicy, Shown, Whose
from surveys.delphi.protocol import Protocol
from surveys.models.base import AnySession
from surveys.models.feedback import FeedbackCondition
from surveys.models.panel import Expert, StakeholderGroup

# What goes with "the distribution is not shown".
DISTRIBUTION = ("counts", "count_low", "count_high", "share_low", "share_high")
# What a sheet says of groups; ``cells`` is for the next round and for nobody to see.
_BY_GROUP = ("groups", "others", "withheld", "cells")


@dataclass(frozen=True, slots=True)
class Condition:
    """What holds for one expert in one round."""

    id: int
    arm: str
    group: str
    first_shown_at: datetime | None

    def policy(self, protocol: Protocol) -> FeedbackPolicy:
        """The policy of the expert's arm, or the study's one policy."""
        if protocol.arms is None or not self.arm:
            return protocol.feedback
        return protocol.arms.policy_of(self.arm)


def condition_of(session: AnySession, round_id: int, expert_id: int) -> Condition | None:
    """The expert's condition; None in a round that feeds nothing back."""
    row = session.execute(
        select(
            FeedbackCondition.id,
            FeedbackCondition.arm,
            StakeholderGroup.code,
            FeedbackCondition.first_shown_at,
        )
        .join(Expert, Expert.id == FeedbackCondition.expert_id)
        .join(StakeholderGroup, StakeholderGroup.id == Expert.group_id)
        .where(FeedbackCondition.round_id == round_id, FeedbackCondition.expert_id == expert_id)
    ).first()
    return Condition(*row) if row else None


def narrowed(sheet: Mapping[str, Any], policy: FeedbackPolicy, group: str) -> dict[str, Any] | None:
    """The part of a sheet that a policy shows to a member of a group; None where it shows nothing.

    Own group: the group's numbers stand in place of the panel's, or those of the others it is shown
    together with (``own_with``); where it is in neither, the sheet is suppressed like one of too few
    ratings.
    """
    if not policy.shows:
        return None
    if sheet["suppressed"]:
        return dict(sheet)
    part = {key: value for key, value in sheet.items() if key not in _BY_GROUP}
    part["shows"] = [shown.value for shown in policy.shows]
    if "counts" in sheet and policy.whose is Whose.OWN_GROUP:
        own = _own(sheet, group)
        if own is None:
            return {"suppressed": True, "smallest": sheet["smallest"]}
        part |= own
    if "counts" in sheet and policy.whose is Whose.ALL_GROUPS:
        part |= {"groups": {}, "withheld": []}
        part |= {key: sheet[key] for key in ("groups", "others", "withheld") if key in sheet}
    if Shown.DISTRIBUTION not in policy.shows:
        for key in (*DISTRIBUTION, *_BY_GROUP):
            part.pop(key, None)
    if Shown.COMMENTS not in policy.shows:
        part.pop("comments", None)
    return part


def _own(sheet: Mapping[str, Any], group: str) -> dict[str, Any] | None:
    """What is shown of a group to its own members, with the groups it is shown together with."""
    if group in sheet.get("groups", {}):
        return dict(sheet["groups"][group])
    others = sheet.get("others", {})
    if group not in others.get("groups", ()):
        return None
    numbers = {key: value for key, value in others.items() if key != "groups"}
    return numbers | {"own_with": [code for code in others["groups"] if code != group]}
