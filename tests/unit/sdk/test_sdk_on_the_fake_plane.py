"""The behaviour of the SDK, on the plane that its users test with."""

from tests.unit.sdk.sdk_behaviour import SdkBehaviour


class TestSdkOnTheFakePlane(SdkBehaviour):
    """`plane` is the fixture of this folder."""
