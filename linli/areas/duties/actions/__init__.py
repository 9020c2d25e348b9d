"""Writes of the duty board: attestations, and what the rules found."""

from linli.areas.duties.actions.attest import attest_duty, withdraw_attestation
from linli.areas.duties.actions.judging import judge_county, judge_due, store_changes

__all__ = ["attest_duty", "judge_county", "judge_due", "store_changes", "withdraw_attestation"]
