"""What experts are shown of a round's figures, told to the researcher before they are."""

from __future__ import annotations

from flask import g
from flask_babel import gettext as _
from sqlalchemy import select

from surveys.delphi import wording
from surveys.delphi.feedback import Shown
from surveys.delphi.protocol import Protocol
from surveys.models.base import db
from surveys.models.panel import StakeholderGroup
from surveys.queries import live
from surveys.queries.questionnaire import in_language
from surveys.queries.results import RoundResults
from surveys.services import disclosing
from surveys.services.disclosing import Plan

FIGURES = {Shown.DISTRIBUTION, Shown.MEDIAN, Shown.SPREAD}


def to_experts(stored: RoundResults, protocol: Protocol, locale: str) -> dict[int, str]:
    """For each item a sentence, where not simply the panel's figures are shown.

    A round in real time has shown its own figures already, and what it showed last is fed back.
    """
    policies = protocol.policies
    if not any(FIGURES & set(policy.shows) for policy in policies):
        return {}
    items = [*stored.statements, *stored.others]
    released = live.sheets(db.session, [item.round_item_id for item in items])
    figures = {
        item.round_item_id: item.numbers for item in items if item.round_item_id not in released
    }
    names = _group_names(locale)
    smallest = policies[0].smallest_group
    return {
        place: said
        for place, plan in disclosing.plans(db.session, protocol, figures).items()
        if (said := _said(plan, names, smallest, locale))
    }


def _said(plan: Plan, names: dict[str, str], smallest: int, locale: str) -> str:
    if plan.stands is not None:
        return _(
            "Experts are shown the figures of round %(number)s again: fewer than %(smallest)s"
            " experts make the difference to those of this round.",
            number=plan.stands.number,
            smallest=smallest,
        )
    if plan.division is None:
        return _(
            "Experts are shown no figures: fewer than %(smallest)s answered.", smallest=smallest
        )
    if not plan.by_group:
        return ""
    alone, together = (
        wording.all_of([names.get(code, code) for code in codes], locale)
        for codes in (plan.division.alone, plan.division.together)
    )
    if not alone:
        return _("Experts are shown the whole panel only: its groups are too small.")
    if not together:
        return _("Experts are shown by themselves: %(groups)s.", groups=alone)
    return _(
        "Experts are shown by themselves: %(groups)s. Together, as others: %(others)s.",
        groups=alone,
        others=together,
    )


def _group_names(locale: str) -> dict[str, str]:
    rows = db.session.scalars(
        select(StakeholderGroup).where(StakeholderGroup.study_id == g.study.id)
    )
    return {group.code: in_language(group.name, locale, g.study.default_language) for group in rows}
