"""second factors, passkeys, mail to researchers

Revision 0007, after 0006.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op


revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

STATES = ("queued", "sending", "sent", "refused", "stopped")


def upgrade() -> None:
    op.add_column("researcher", sa.Column("tf_primary_method", sa.String(64)))
    op.add_column("researcher", sa.Column("tf_totp_secret", sa.String(255)))
    op.add_column("researcher", sa.Column("mf_recovery_codes", sa.JSON(none_as_null=True)))
    op.add_column("researcher", sa.Column("fs_webauthn_user_handle", sa.String(64)))
    # An index, and not a constraint in the table: rebuilding it would drop what refers to it on SQLite.
    op.create_index(
        "uq_researcher_fs_webauthn_user_handle",
        "researcher",
        ["fs_webauthn_user_handle"],
        unique=True,
    )
    op.create_table(
        "passkey",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(64), nullable=False),
        sa.Column("credential_id", sa.LargeBinary(), nullable=False),
        sa.Column("public_key", sa.LargeBinary(), nullable=False),
        sa.Column("sign_count", sa.Integer(), nullable=False),
        sa.Column("transports", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("backup_state", sa.Boolean(), nullable=False),
        sa.Column("device_type", sa.String(64), nullable=False),
        sa.Column("extensions", sa.String(255), nullable=True),
        sa.Column("usage", sa.String(64), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("lastuse_datetime", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["user_id"],
            ["researcher.id"],
            name="fk_passkey_user_id_researcher",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name="pk_passkey"),
        sa.UniqueConstraint("credential_id", name="uq_passkey_credential_id"),
        sa.UniqueConstraint("user_id", "name", name="uq_passkey_user_id_name"),
    )
    op.create_table(
        "account_mail",
        sa.Column("researcher_id", sa.Integer(), nullable=False),
        sa.Column("study_id", sa.Integer(), nullable=True),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("act", sa.String(40), nullable=False),
        sa.Column("message_id", sa.String(120), nullable=False),
        sa.Column(
            "state",
            sa.Enum(*STATES, name="mailstate", native_enum=False, length=24, create_constraint=True),
            nullable=False,
        ),
        sa.Column("queued_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("lease_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("problem", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["researcher_id"],
            ["researcher.id"],
            name="fk_account_mail_researcher_id_researcher",
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["study_id"],
            ["study.id"],
            name="fk_account_mail_study_id_study",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name="pk_account_mail"),
        sa.UniqueConstraint("message_id", name="uq_account_mail_message_id"),
        sa.UniqueConstraint("researcher_id", "act", name="uq_account_mail_researcher_id_act"),
    )
    op.create_index("ix_account_mail_due", "account_mail", ["state", "due_at"])
    op.create_index("ix_account_mail_study_id", "account_mail", ["study_id"])


def downgrade() -> None:
    op.drop_table("account_mail")
    op.drop_table("passkey")
    op.drop_index("uq_researcher_fs_webauthn_user_handle", "researcher")
    for column in (
        "fs_webauthn_user_handle",
        "mf_recovery_codes",
        "tf_totp_secret",
        "tf_primary_method",
    ):
        op.drop_column("researcher", column)
