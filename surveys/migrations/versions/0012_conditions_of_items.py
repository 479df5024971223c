"""conditions of items

Revision 0012, after 0011.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("ALTER TABLE round_item ADD COLUMN ask_if JSON")
    op.create_table(
        "not_asked",
        sa.Column("response_id", sa.Integer(), nullable=False),
        sa.Column("round_item_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["response_id"],
            ["response.id"],
            name=op.f("fk_not_asked_response_id_response"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["round_item_id"],
            ["round_item.id"],
            name=op.f("fk_not_asked_round_item_id_round_item"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("response_id", "round_item_id", name=op.f("pk_not_asked")),
    )
    op.create_index(op.f("ix_not_asked_round_item_id"), "not_asked", ["round_item_id"])


def downgrade() -> None:
    op.drop_index(op.f("ix_not_asked_round_item_id"), table_name="not_asked")
    op.drop_table("not_asked")
    op.drop_column("round_item", "ask_if")
