"""What forgets itself before a round is launched: looked at, and said, while it can still be mended.

Nothing here forbids a launch; what does is asked of ``launching.may_launch``.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select

from surveys.delphi import redundancy
from surveys.delphi.protocol import Protocol
from surveys.items.base import N_
from surveys.models.base import AnySession
from surveys.models.invitation import AccountMail, MailState
from surveys.models.mail import MailText
from surveys.models.panel import Expert, StakeholderGroup
from surveys.models.round import Round, RoundKind
from surveys.models.study import Study
from surveys.queries import pace, questionnaire
from surveys.queries.questionnaire import AskedRound
from surveys.services import launching, mail_texts, mailing, reminding
from surveys.services.letters import message_of
from surveys.services.problems import Problem
from surveys.services.writing_to_researchers import trial_act

# So many codes are named; the rest are counted.
MOST_NAMED = 8
# Said before the launch, because busy professionals answer between two patients. A choice of ours.
LONG_MINUTES = 30
# A round is offered so many days when it is launched.
USUAL_DAYS = 14
# What can be met by so many can be met by more; looking at every larger panel would take long.
LARGE_PANEL = 60


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that was looked at.

    fine : whether nothing needs to be done. said : what was found, as a sentence that pages translate.
    """

    fine: bool
    said: Problem


def of_round(
    session: AnySession,
    study: Study,
    round_: Round,
    *,
    mail_leaves: bool,
    language: str,
    at: datetime,
) -> list[Check]:
    """Everything that is looked at before a launch, what needs attention first.

    mail_leaves : whether mails reach anybody, or are written to a folder of this machine.
    language : in which groups are named.
    """
    spoken = _spoken(session, study)
    read = {
        one: questionnaire.asked_round(session, study, round_, one)
        for one in sorted({*spoken, study.default_language})
    }
    checks = [
        *_panel(session, study, language),
        *_texts(round_, spoken, read),
        _chosen(study),
        *_groups_as_locked(session, study),
        *_rule(session, study, round_, language),
        *_comments(session, study, round_),
        *_mail(session, study, round_, mail_leaves),
        *_mail_texts(session, study, round_, spoken),
        *_reminders(session, study, round_),
        _burden(session, study, read[study.default_language], at),
    ]
    return sorted(checks, key=lambda check: check.fine)


def _panel(session: AnySession, study: Study, language: str) -> Iterator[Check]:
    """Groups nobody is in, and groups whose figures could never be shown alone."""
    sizes = session.execute(
        select(StakeholderGroup.name, func.count(Expert.id))
        .outerjoin(Expert, (Expert.group_id == StakeholderGroup.id) & Expert.withdrawn_at.is_(None))
        .where(StakeholderGroup.study_id == study.id)
        .group_by(StakeholderGroup.id)
        .order_by(StakeholderGroup.position)
    ).all()
    smallest = Protocol.from_json(study.protocol).feedback.smallest_group
    empty = [_name(study, name, language) for name, size in sizes if not size]
    small = [_name(study, name, language) for name, size in sizes if 0 < size < smallest]
    if empty:
        yield Check(False, Problem(N_("Nobody is in: %(groups)s."), {"groups": ", ".join(empty)}))
    if small:
        yield Check(
            False,
            Problem(
                N_(
                    "Fewer than %(smallest)s experts are in: %(groups)s. Their figures are never "
                    "shown alone."
                ),
                {"smallest": smallest, "groups": ", ".join(small)},
            ),
        )
    if sizes and not empty and not small:
        yield Check(
            True,
            Problem(N_("Every group has at least %(smallest)s experts."), {"smallest": smallest}),
        )


def _comments(session: AnySession, study: Study, round_: Round) -> Iterator[Check]:
    """Comments that experts would be shown, were it not that nobody has decided on them."""
    waiting = len(launching.withheld(session, study, round_))
    if waiting:
        yield Check(
            False,
            Problem(
                N_(
                    "Comments that wait for a moderator and would not be shown in this round: "
                    "%(waiting)s."
                ),
                {"waiting": waiting},
            ),
        )


def _spoken(session: AnySession, study: Study) -> Counter[str]:
    """How many experts read each language."""
    return Counter(
        session.scalars(
            select(Expert.language).where(
                Expert.study_id == study.id, Expert.withdrawn_at.is_(None)
            )
        )
    )


def _texts(round_: Round, spoken: Counter[str], read: Mapping[str, AskedRound]) -> Iterator[Check]:
    """Languages of the panel in which something stands in another language."""
    whole = True
    for language, experts in sorted(spoken.items()):
        asked = read[language]
        lacking = [
            item.code
            for item in asked.items
            if any(
                text and text.language != language
                for text in (item.wording, item.help, item.theme_title)
            )
            or (item.kind.texts() and item.kind_language != language)
        ]
        if lacking or asked.stand_ins:
            whole = False
            yield Check(
                False,
                Problem(
                    N_(
                        "Not everything is translated into %(language)s, which %(experts)s experts "
                        "read: %(codes)s."
                    ),
                    {
                        "language": language,
                        "experts": experts,
                        "codes": _named(lacking) or round_.number,
                    },
                ),
            )
    if spoken and whole:
        yield Check(True, Problem(N_("Every text is there in every language the panel reads.")))


def _chosen(study: Study) -> Check:
    """Whether somebody chose the rules that this launch would lock."""
    if study.rule_chosen_at is None:
        return Check(
            False,
            Problem(
                N_(
                    "Nobody has chosen the rules yet: they are those a study begins with. Look at "
                    "them under Protocol, and keep them or change them."
                )
            ),
        )
    return Check(True, Problem(N_("The rules of the study have been chosen.")))


def _groups_as_locked(session: AnySession, study: Study) -> Iterator[Check]:
    """Groups that came or went since the protocol was locked with them."""
    rules = Protocol.from_json(study.protocol)
    if (
        study.locked_at is not None
        and rules.groups != launching.with_groups(session, study, rules).groups
    ):
        yield Check(
            False,
            Problem(
                N_(
                    "The stakeholder groups are no longer those in the locked protocol (%(groups)s). "
                    "Amend it, so that reports say so."
                ),
                {"groups": ", ".join(rules.groups) or "–"},
            ),
        )


def _rule(session: AnySession, study: Study, round_: Round, language: str) -> Iterator[Check]:
    """Whether the consensus rule can decide anything with so many experts, and every part of it."""
    if round_.kind is not RoundKind.RATING:
        return
    protocol = Protocol.from_json(study.protocol)
    rule = protocol.consensus.for_round(round_.number)
    groups = _sizes(session, study)
    experts = sum(groups.values())
    if not experts:
        return
    size = min(experts, LARGE_PANEL)
    try:
        looked_at = {code: min(number, LARGE_PANEL) for code, number in groups.items()}
        idle = redundancy.idle_clauses(rule, protocol.scale, size, groups=looked_at)
    except ValueError:
        # IPRAS is for 1 to 9 alone, and the design may have got another scale since.
        yield Check(
            False, Problem(N_("The consensus rule has no meaning on the scale of the study."))
        )
        return
    if size < rule.minimum or any(clause.what is redundancy.Idle.NEVER for clause in idle):
        yield Check(
            False,
            Problem(
                N_("With %(experts)s experts a part of the consensus rule can never be met."),
                {"experts": experts},
            ),
        )
        return
    yield Check(
        True,
        Problem(
            N_("The consensus rule can be met with %(experts)s experts."),
            {"experts": experts},
        ),
    )
    for clause in idle[:1]:
        yield Check(
            False,
            Problem(
                N_("A part of the consensus rule decides nothing. %(why)s"),
                {"why": clause.sentence(language, protocol.scale)},
            ),
        )


def _sizes(session: AnySession, study: Study) -> dict[str, int]:
    """How many experts each stakeholder group has, by its code."""
    counted = session.execute(
        select(StakeholderGroup.code, func.count(Expert.id))
        .outerjoin(Expert, (Expert.group_id == StakeholderGroup.id) & Expert.withdrawn_at.is_(None))
        .where(StakeholderGroup.study_id == study.id)
        .group_by(StakeholderGroup.id)
    ).all()
    return dict(counted)


def _mail(session: AnySession, study: Study, round_: Round, mail_leaves: bool) -> Iterator[Check]:
    """Whether the invitations will arrive, and whether anybody has seen one."""
    if not mail_leaves and not study.simulated:
        yield Check(
            False,
            Problem(
                N_(
                    "No mail server is set: invitations are written to a folder on this machine "
                    "and reach nobody."
                )
            ),
        )
    message = message_of(mailing.INVITATION, round_)
    tried_at = session.scalar(
        select(func.max(AccountMail.sent_at)).where(
            AccountMail.study_id == study.id,
            AccountMail.act.startswith(trial_act(round_.number, message)),
            AccountMail.state == MailState.SENT,
        )
    )
    changed_at = session.scalar(
        select(func.max(MailText.made_at)).where(
            MailText.study_id == study.id, MailText.message == message
        )
    )
    if tried_at is None:
        yield Check(
            False, Problem(N_("Nobody has seen the invitation yet: send yourself a trial."))
        )
    elif changed_at is not None and changed_at > tried_at:
        yield Check(
            False,
            Problem(N_("The invitation was changed after its trial: send yourself another one.")),
        )
    else:
        yield Check(True, Problem(N_("A trial of the invitation was sent.")))


def _mail_texts(
    session: AnySession, study: Study, round_: Round, spoken: Counter[str]
) -> Iterator[Check]:
    """Languages of the panel in which a message was not worded, while in another one it was."""
    own = mail_texts.worded(session, study)
    invitation = message_of(mailing.INVITATION, round_)
    for message, said in (
        (
            invitation,
            N_(
                "The invitation has words of your own, and not in %(language)s, which %(experts)s "
                "experts read."
            ),
        ),
        (
            mailing.REMINDER,
            N_(
                "The reminder has words of your own, and not in %(language)s, which %(experts)s "
                "experts read."
            ),
        ),
    ):
        worded = {language for one, language in own if one == message}
        for language, experts in sorted(spoken.items()):
            if worded and language not in worded:
                yield Check(False, Problem(said, {"language": language, "experts": experts}))
    for language, experts in sorted(spoken.items()):
        if mail_texts.in_use(session, study, invitation, language).language != language:
            yield Check(
                False,
                Problem(
                    N_(
                        "There is no invitation in %(language)s, which %(experts)s experts read: "
                        "write one under Mail."
                    ),
                    {"language": language, "experts": experts},
                ),
            )


def _reminders(session: AnySession, study: Study, round_: Round) -> Iterator[Check]:
    """Whether the reminders that are planned fall into a round of the usual length."""
    plan = reminding.plan_of(session, study.id, round_)
    if plan is None or not plan.reminders.days:
        return
    days = plan.reminders.days
    if days[0] >= USUAL_DAYS:
        yield Check(
            False,
            Problem(
                N_(
                    "A reminder is planned %(days)s days before the end: a round of two weeks is "
                    "not open then."
                ),
                {"days": days[0]},
            ),
        )
    else:
        yield Check(
            True,
            Problem(
                N_("Who has not finished is reminded before the end (days: %(days)s)."),
                {"days": ", ".join(map(str, days))},
            ),
        )


def _burden(session: AnySession, study: Study, asked: AskedRound, at: datetime) -> Check:
    """How long an expert will need."""
    panel = pace.Pace()
    earlier = session.scalar(
        select(Round.id)
        .where(Round.study_id == study.id, Round.opened_at.is_not(None))
        .order_by(Round.number.desc())
        .limit(1)
    )
    if earlier is not None:
        panel = pace.of_panel(session, study.public_id, earlier, study.default_language, at=at)
    minutes = max(1, round(panel.seconds(asked.asking) / 60))
    return Check(
        minutes <= LONG_MINUTES,
        Problem(
            N_("Answering takes about %(minutes)s minutes, for %(items)s items."),
            {"minutes": minutes, "items": len(asked.asking)},
        ),
    )


def _name(study: Study, texts: dict[str, str], language: str) -> str:
    return questionnaire.in_language(texts, language, study.default_language)


def _named(codes: Sequence[str]) -> str:
    """Codes in one line: the first few, and that there are more."""
    more = "" if len(codes) <= MOST_NAMED else f" … ({len(codes)})"
    return ", ".join(codes[:MOST_NAMED]) + more
