"""The fake plane keeps the contract of sessions."""

from tests.unit.sdk.session_contract import SessionContract


class TestSessionsOfTheFakePlane(SessionContract):
    """`plane` is the fixture of this folder."""
