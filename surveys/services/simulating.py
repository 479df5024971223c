"""Panels that are simulated and say so: a study with rounds in it, for newcomers and for trials.

Simulated experts answer through the same services as people: they consent, keep answers, submit or
do not, and read the feedback before they rate again. Draws come from a seeded generator.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
from ruamel.yaml import YAML
from sqlalchemy import select

from surveys.delphi.answer import Answer, Missing
from surveys.models.base import AnySession
from surveys.models.item import Item, ItemOrigin
from surveys.models.panel import Expert
from surveys.models.researcher import Researcher
from surveys.models.response import Rating, Response
from surveys.models.round import ItemFeedback, Round, RoundItem
from surveys.models.study import Study
from surveys.services import (
    auditing,
    closing,
    consenting,
    launching,
    loading,
    preparing,
    recruiting,
    responding,
)
from surveys.services.linking import LinkMaker
from surveys.services.uploading import UploadStore

DEFAULT_EXPERTS = 24
DEFAULT_SEED = 2025
SMALLEST_PANEL = 2
LARGEST_PANEL = 2_000
# How long the simulated rounds lie back: opened and closed so many days before now.
DAYS = {1: (42, 28), 2: (25, 11), 3: (7, -14)}


class NotSimulated(Exception):
    """No panel can be simulated as asked; the text says why."""


@dataclass(frozen=True, slots=True)
class Material:
    """What a study brings for its simulated panel (demonstration.yaml)."""

    settings: Mapping[str, Any]
    groups: Mapping[str, int]
    languages: Mapping[str, int]
    habits: Mapping[str, Any]
    answers: Mapping[str, Mapping[int, Mapping[str, Any]]]
    origins: Mapping[str, list[Mapping[str, Any]]]
    statements: Mapping[str, Mapping[str, Any]]


def read_material(path: Path) -> Material:
    """Read the simulation's material beside a study file. Raises NotSimulated."""
    if not path.exists():
        raise NotSimulated(f"{path.parent.name} brings no {path.name}: there is nobody to simulate")
    document = YAML(typ="safe", pure=True).load(path.read_text("utf-8"))
    panel = document["panel"]
    return Material(
        settings=document.get("settings", {}),
        groups=panel["groups"],
        languages=panel["languages"],
        habits=panel["habits"],
        answers=document["answers"],
        origins=document["origins"],
        statements=document["statements"],
    )


def build(
    session: AnySession,
    plan: loading.StudyPlan,
    material: Material,
    *,
    lead: Researcher,
    links: LinkMaker,
    sender_host: str,
    experts: int = DEFAULT_EXPERTS,
    seed: int = DEFAULT_SEED,
    at: datetime,
    uploads: UploadStore | None = None,
) -> Study:
    """Make a study with a simulated panel: rounds 1 and 2 answered and closed, round 3 open.

    Raises NotSimulated for a panel of fewer than 2 or more than 2,000.
    """
    if not SMALLEST_PANEL <= experts <= LARGEST_PANEL:
        raise NotSimulated(
            f"a simulated panel has {SMALLEST_PANEL} to {LARGEST_PANEL} experts, not {experts}"
        )
    actor = "simulation"
    begun = at - timedelta(days=DAYS[1][0] + 3)
    plan = replace(plan, settings={**plan.settings, **material.settings})
    study = loading.create_study(
        session, plan, lead=lead, actor=actor, at=begun, simulated=True, uploads=uploads
    )
    panel = _Panel(session, study, material, np.random.default_rng(seed))
    panel.recruit(experts, links, actor, begun)
    rounds = session.scalars(
        select(Round).where(Round.study_id == study.id).order_by(Round.number)
    ).all()
    for round_ in rounds:
        opened = at - timedelta(days=DAYS[round_.number][0])
        closes = at - timedelta(days=DAYS[round_.number][1])
        launching.launch(
            session,
            study,
            round_,
            closes_at=closes,
            links=links,
            sender_host=sender_host,
            actor=actor,
            at=opened,
        )
        last = round_.number == rounds[-1].number
        panel.answer(round_, opened, until=at if last else closes, share=0.4 if last else 1.0)
        if last:
            break
        closing.close(session, study, round_, actor=actor, at=closes)
        if round_.kind == "open":
            panel.note_origins(closes)
        else:
            preparing.prepare(session, study, round_, actor=actor, at=closes)
    return study


class _Panel:
    """The simulated experts of one study, with their leanings."""

    def __init__(
        self,
        session: AnySession,
        study: Study,
        material: Material,
        draw: np.random.Generator,
    ) -> None:
        self.session = session
        self.study = study
        self.material = material
        self.draw = draw
        self.experts: list[Expert] = []
        self.group_of: dict[int, str] = {}

    def recruit(self, number: int, links: LinkMaker, actor: str, at: datetime) -> None:
        """Fill the panel in the material's proportions."""
        groups = in_proportion(self.material.groups, number)
        languages = in_proportion(self.material.languages, number)
        self.draw.shuffle(languages)
        for index, (group, language) in enumerate(zip(groups, languages, strict=True), start=1):
            expert = recruiting.add_expert(
                self.session,
                self.study,
                recruiting.Newcomer(
                    name=f"Simulated expert {index}",
                    email=f"expert{index}@simulated.test",
                    group=group,
                    language=language,
                ),
                links=links,
                actor=actor,
                at=at,
            )
            self.experts.append(expert)
            self.group_of[expert.id] = group

    def answer(self, round_: Round, opened: datetime, *, until: datetime, share: float) -> None:
        """Let the panel answer a round; ``share`` of those who take part have done so by now."""
        habits = self.material.habits
        items = self.session.execute(
            select(RoundItem, Item, ItemFeedback.sheet)
            .join(Item, Item.id == RoundItem.item_id)
            .outerjoin(ItemFeedback, ItemFeedback.round_item_id == RoundItem.id)
            .where(RoundItem.round_id == round_.id)
            .order_by(RoundItem.position)
        ).all()
        takes_part = habits["takes_part"].get(round_.number, 0.9) * share
        span = (until - opened).total_seconds()
        for expert in self.experts:
            if not self.chance(takes_part):
                continue
            moment = opened + timedelta(seconds=span * float(self.draw.uniform(0.02, 0.9)))
            consenting.agree(
                self.session,
                expert,
                version=self.study.consent["version"],
                language=expert.language,
                text=self.study.consent["text"][expert.language],
                at=moment,
            )
            submits = self.chance(habits["submits"])
            asked = items if submits else items[: int(len(items) * self.draw.uniform(0.3, 0.9))]
            offers = {}
            for placed, item, sheet in asked:
                offer = (
                    self.text(expert, item)
                    if round_.kind == "open"
                    else self.rating(expert, placed, item, sheet)
                )
                if offer is not None:
                    offers[placed.id] = offer
            if not offers:
                continue
            responding.keep(
                self.session,
                expert.id,
                round_.id,
                offers,
                language=expert.language,
                at=moment + timedelta(minutes=9),
            )
            if submits:
                responding.submit(
                    self.session, expert.id, round_.id, at=moment + timedelta(minutes=12)
                )

    def text(self, expert: Expert, item: Item) -> responding.Offer | None:
        """One of the invented answers that this expert's group would give."""
        if not self.chance(self.material.habits["answers_open_question"]):
            return None
        answers = self.material.answers.get(item.code, {})
        own = [a for a in answers.values() if a["group"] == self.group_of[expert.id]]
        choices = own or list(answers.values())
        if not choices:
            return None
        chosen = choices[int(self.draw.integers(len(choices)))]
        return responding.Offer(answer=Answer(detail={"text": chosen["text"][expert.language]}))

    def rating(
        self, expert: Expert, placed: RoundItem, item: Item, sheet: Mapping[str, Any] | None
    ) -> responding.Offer | None:
        """A rating by the statement's leaning; the second time, the earlier one, moved a little."""
        habits = self.material.habits
        leaning = self.material.statements.get(item.code)
        if leaning is None or self.chance(habits["skips_statement"]):
            return None
        scale = placed.settings["scale"]
        earlier = self._earlier(expert, placed)
        if earlier is not None and earlier.missing is Missing.UNABLE:
            return responding.Offer(answer=Answer.absent(Missing.UNABLE))
        if earlier is not None and earlier.value is not None:
            value = int(earlier.value)
            median = sheet.get("median") if sheet and not sheet.get("suppressed") else None
            if median is not None and value != median and self.chance(leaning["settles"]):
                value += 1 if median > value else -1
            elif self.chance(habits["wavers"]):
                value += int(self.draw.choice([-1, 1]))
        elif self.chance(leaning["unable"]):
            return responding.Offer(answer=Answer.absent(Missing.UNABLE))
        else:
            lean = leaning["lean"]
            mean = lean["mean"] + lean.get("shifts", {}).get(self.group_of[expert.id], 0)
            value = round(float(self.draw.normal(mean, lean["spread"])))
        value = min(max(value, scale["low"]), scale["high"])
        return responding.Offer(
            answer=Answer(value), comment=self.comment(expert, leaning, value, scale)
        )

    def comment(
        self, expert: Expert, leaning: Mapping[str, Any], value: int, scale: Mapping[str, Any]
    ) -> str | None:
        """Now and then a remark that fits the rating."""
        side = (
            "for"
            if value >= scale["high_from"]
            else "against"
            if value <= scale["low_until"]
            else ""
        )
        remarks = leaning.get("comments", {}).get(side) or []
        if not remarks or not self.chance(self.material.habits["comments"]):
            return None
        remark: str = remarks[int(self.draw.integers(len(remarks)))][expert.language]
        return remark

    def note_origins(self, at: datetime) -> None:
        """Tie statements to the answers of round 1 they are said to have grown from."""
        for code, sources in self.material.origins.items():
            item = self.session.scalar(
                select(Item).where(Item.study_id == self.study.id, Item.code == code)
            )
            if item is None:
                continue
            found: list[int] = []
            for source in sources:
                texts = self.material.answers[source["question"]][source["answer"]]["text"]
                found += self._answers_like(source["question"], list(texts.values()))
            self.session.add_all(
                ItemOrigin(item_id=item.id, rating_id=rating_id, created_at=at)
                for rating_id in found
            )
        self.session.flush()
        auditing.record(
            self.session,
            study_id=self.study.id,
            actor="simulation",
            act="origins noted",
            at=at,
            statements=len(self.material.origins),
        )

    def _answers_like(self, question: str, texts: list[str]) -> list[int]:
        """Answers to a question that say exactly one of these texts."""
        rows = self.session.execute(
            select(Rating.id, Rating.detail)
            .join(RoundItem, RoundItem.id == Rating.round_item_id)
            .join(Item, Item.id == RoundItem.item_id)
            .join(Response, Response.id == Rating.response_id)
            .where(
                Item.study_id == self.study.id,
                Item.code == question,
                Rating.latest,
                Rating.detail.is_not(None),
            )
        )
        return [rating_id for rating_id, detail in rows if detail and detail["text"] in texts]

    def _earlier(self, expert: Expert, placed: RoundItem) -> Answer | None:
        if placed.previous_id is None:
            return None
        row = self.session.execute(
            select(Rating.value, Rating.detail, Rating.missing)
            .join(Response, Response.id == Rating.response_id)
            .where(
                Response.expert_id == expert.id,
                Rating.round_item_id == placed.previous_id,
                Rating.latest,
            )
        ).first()
        return Answer(row.value, row.detail, row.missing) if row else None

    def chance(self, probability: float) -> bool:
        """Whether something of this probability happens."""
        return bool(self.draw.random() < probability)


def in_proportion(weights: Mapping[str, int], number: int) -> list[str]:
    """``number`` names in the given proportions, largest remainders first."""
    total = sum(weights.values())
    shares = {name: weight * number / total for name, weight in weights.items()}
    counts = {name: int(share) for name, share in shares.items()}
    left = number - sum(counts.values())
    for name in sorted(shares, key=lambda n: shares[n] - counts[n], reverse=True)[:left]:
        counts[name] += 1
    return [name for name, count in counts.items() for _ in range(count)]
