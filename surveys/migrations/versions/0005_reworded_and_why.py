"""reworded and why

Until now a new wording had one reason, in the language of whoever gave it, and ratings were never
compared across it. Revision 0005, after 0004.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

revisions = sa.table(
    "item_revision",
    sa.column("id", sa.Integer),
    sa.column("item_id", sa.Integer),
    sa.column("reason", sa.String),
    sa.column("reasons", sa.JSON(none_as_null=True)),
    sa.column("meaning", sa.String),
)
items = sa.table("item", sa.column("id", sa.Integer), sa.column("study_id", sa.Integer))
studies = sa.table("study", sa.column("id", sa.Integer), sa.column("languages", sa.JSON))


def upgrade() -> None:
    op.execute("ALTER TABLE item_revision ADD COLUMN reasons JSON")
    op.execute(
        "ALTER TABLE item_revision ADD COLUMN meaning VARCHAR(24)"
        " CONSTRAINT ck_item_revision_meaning CHECK (meaning IN ('kept', 'changed'))"
    )
    bind = op.get_bind()
    told = bind.execute(
        sa.select(revisions.c.id, revisions.c.reason, studies.c.languages)
        .join(items, items.c.id == revisions.c.item_id)
        .join(studies, studies.c.id == items.c.study_id)
        .where(revisions.c.reason != "")
    ).all()
    for id_, reason, languages in told:
        bind.execute(
            revisions.update()
            .where(revisions.c.id == id_)
            .values(reasons=dict.fromkeys(languages[:1], reason), meaning="changed")
        )
    op.drop_column("item_revision", "reason")


def downgrade() -> None:
    op.execute("ALTER TABLE item_revision ADD COLUMN reason VARCHAR DEFAULT '' NOT NULL")
    bind = op.get_bind()
    for id_, reasons in bind.execute(
        sa.select(revisions.c.id, revisions.c.reasons).where(revisions.c.reasons.is_not(None))
    ).all():
        reason = next(iter(reasons.values()), "")
        bind.execute(revisions.update().where(revisions.c.id == id_).values(reason=reason))
    op.drop_column("item_revision", "meaning")
    op.drop_column("item_revision", "reasons")
