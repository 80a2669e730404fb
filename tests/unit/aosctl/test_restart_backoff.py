from aosctl.backoff import Backoff


def test_each_crash_doubles_the_wait_up_to_a_limit() -> None:
    backoff = Backoff()
    delays = [backoff.next_delay(healthy_seconds=0) for _ in range(7)]
    assert delays == [0.5, 1, 2, 4, 8, 15, 15]


def test_a_spell_of_health_forgets_the_crashes_before() -> None:
    backoff = Backoff()
    for _ in range(5):
        backoff.next_delay(healthy_seconds=0)
    assert backoff.next_delay(healthy_seconds=30) == 0.5


def test_a_short_spell_of_health_forgets_nothing() -> None:
    backoff = Backoff()
    backoff.next_delay(healthy_seconds=0)
    assert backoff.next_delay(healthy_seconds=29) == 1
