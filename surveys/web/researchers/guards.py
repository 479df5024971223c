"""Who may see and do what in a study."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from http import HTTPStatus
from typing import Any

from flask import abort, flash, g, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user
from sqlalchemy import select

from surveys.models.base import db
from surveys.models.researcher import Membership, Role
from surveys.models.round import Round, RoundItem
from surveys.models.study import RehearsalKind, Study
from surveys.services import auditing
from surveys.web.researchers import researchers

MAY_RUN = frozenset({Role.LEAD, Role.FACILITATOR})
MAY_SEE_IDENTITIES = frozenset({Role.LEAD, Role.FACILITATOR})
# The one act that an archived study takes.
BACK = "researchers.bring_back"
# These keep nothing.
LOOKING = ("researchers.preview_answers", "researchers.press_in_preview", "researchers.hint")
# These keep that names were seen, and do what an expert asks; an archive is no reason to refuse either.
OWED_TO_EXPERTS = (
    "researchers.show_identities",
    "researchers.show_identity",
    "researchers.export_names",
    "researchers.let_go",
)
MAY_EXPORT = frozenset({Role.LEAD, Role.FACILITATOR, Role.ANALYST})


@researchers.before_request
def guard() -> ResponseReturnValue | None:
    """Let nobody in who is not signed in, and nobody into a study without a role there."""
    if not current_user.is_authenticated:
        flash(_("Please sign in first."))
        return redirect(
            url_for("security.login", next=request.path if request.method == "GET" else None),
            HTTPStatus.SEE_OTHER,
        )
    public_id = (request.view_args or {}).pop("study", None)
    if public_id is None:
        return None
    row = db.session.execute(
        select(Study, Membership.role)
        .join(Membership, Membership.study_id == Study.id)
        .where(Study.public_id == public_id, Membership.researcher_id == current_user.id)
    ).first()
    if row is None:
        # Whether the study exists is nobody's business who has no role in it.
        abort(HTTPStatus.NOT_FOUND)
    g.study, g.role = row
    g.simulated = g.study.simulated
    g.pilot = g.study.rehearsal_kind is RehearsalKind.PILOT
    if (
        g.study.archived_at
        and request.method == "POST"
        and request.endpoint not in (BACK, *LOOKING, *OWED_TO_EXPERTS)
    ):
        flash(_("This study is archived: nothing was changed."), "warning")
        return redirect(url_for("researchers.study", study=public_id), HTTPStatus.SEE_OTHER)
    return None


def needs(roles: frozenset[Role]) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Refuse the view to other roles of the study."""

    def decorate(view: Callable[..., Any]) -> Callable[..., Any]:
        @wraps(view)
        def guarded(*args: Any, **kwargs: Any) -> Any:
            if g.role not in roles:
                abort(HTTPStatus.FORBIDDEN)
            return view(*args, **kwargs)

        return guarded

    return decorate


def round_or_404(number: int) -> Round:
    """The study's round of this number."""
    found = db.session.scalar(
        select(Round).where(Round.study_id == g.study.id, Round.number == number)
    )
    if found is None:
        abort(HTTPStatus.NOT_FOUND)
    return found


def placed_or_404(round_: Round, placed_id: int) -> RoundItem:
    """The item's place in this round."""
    placed = db.session.get(RoundItem, placed_id)
    if placed is None or placed.round_id != round_.id:
        abort(HTTPStatus.NOT_FOUND)
    return placed


def actor() -> str:
    """How the audit trail names whoever is signed in."""
    return auditing.researcher(current_user.id)
