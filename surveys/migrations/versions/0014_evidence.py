"""evidence

Until now only information had evidence, among its settings. Revision 0014, after 0013.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

# As it was called when this was written; a migration follows no later name.
HAD_EVIDENCE = "information"
placed = sa.table(
    "round_item",
    sa.column("id", sa.Integer),
    sa.column("kind", sa.String),
    sa.column("settings", sa.JSON),
    sa.column("evidence", sa.JSON(none_as_null=True)),
)


def upgrade() -> None:
    op.execute("ALTER TABLE round_item ADD COLUMN evidence JSON")
    bind = op.get_bind()
    for id_, settings in bind.execute(
        sa.select(placed.c.id, placed.c.settings).where(placed.c.kind == HAD_EVIDENCE)
    ).all():
        evidence = settings.pop("evidence", None)
        bind.execute(
            placed.update()
            .where(placed.c.id == id_)
            .values(settings=settings, evidence=evidence or None)
        )
    op.create_table(
        "upload",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("study_id", sa.Integer(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("type", sa.String(length=40), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["study_id"], ["study.id"], name=op.f("fk_upload_study_id_study"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_upload")),
        sa.UniqueConstraint("study_id", "digest", name=op.f("uq_upload_study_id_digest")),
    )


def downgrade() -> None:
    op.drop_table("upload")
    bind = op.get_bind()
    for id_, settings, evidence in bind.execute(
        sa.select(placed.c.id, placed.c.settings, placed.c.evidence).where(
            placed.c.kind == HAD_EVIDENCE
        )
    ).all():
        links = [one for one in evidence or [] if set(one) == {"title", "url"}]
        settings = {**settings, "evidence": links}
        bind.execute(placed.update().where(placed.c.id == id_).values(settings=settings))
    op.drop_column("round_item", "evidence")
