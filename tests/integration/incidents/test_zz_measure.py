import time
import pytest_asyncio
from aos.incidents.v1 import events_pb2, incident_pb2
from kernel.clock import utc_now
from kernel.identifiers import new_id
from servicekit.events import Event
from tests.support.alerting import AlertScene
from tests.support.waiting import until

@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def plane(telling_plane):
    return telling_plane

async def test_measure(plane):
    scene = AlertScene(plane)
    bus = plane.services["incidents"].foundation.bus
    n = 3000
    for i in range(n):
        inc = incident_pb2.Incident(id=new_id("inc"), category=2, severity=3, signature=f"s{i}", title="t", status=1)
        e = Event(event_id=new_id("evt"), tenant_id=scene.tenant, source="incidents", event_type="incident_created", aggregate_id=inc.id, sequence=1, time=utc_now(), body=events_pb2.IncidentCreated(incident=inc).SerializeToString())
        await bus.jetstream.publish(e.subject, e.body, headers={**e.headers(), "Nats-Msg-Id": e.event_id})
    t = time.monotonic()
    q = f"SELECT count(*) FROM incidents.alerts WHERE tenant_id='{scene.tenant}'"
    start = int(await plane.database.value(q))
    async def done():
        return int(await plane.database.value(q)) >= n
    await until(done, seconds=300)
    dt = time.monotonic() - t
    raise AssertionError(f"RATE {(n - start) / dt} per second, {n - start} in {dt}")
