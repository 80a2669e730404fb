"""A plane for your own tests: real gRPC on a free loopback port, everything else in memory.

```python
def test_the_agent_stops_when_it_is_told():
    with FakePlane() as plane, plane.client() as client:
        plane.answer("search", Action.STOP, limit="steps", value=51, threshold=50)
        with pytest.raises(RunStopped):
            my_agent(client, agent=plane.agent_id)
        assert plane.last_run.steps == []
```

`FakeClock` takes the place of the client's clock, so that permits run out and back-offs pass
without anybody's waiting.
"""

from aos_sdk.testing._fake_clock import FakeClock
from aos_sdk.testing._fake_plane import FakePlane
from aos_sdk.testing._fake_run import FakeRun, FakeStep
from aos_sdk.testing._rules import Answer, Question

__all__ = ["Answer", "FakeClock", "FakePlane", "FakeRun", "FakeStep", "Question"]
