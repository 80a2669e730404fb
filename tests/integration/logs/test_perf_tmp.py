import asyncio, os, sys, time
import asyncpg, pytest_asyncio
from grpc import aio
from pathlib import Path
from aos.logs.v1 import ledger_pb2, ledger_service_pb2, ledger_service_pb2_grpc
from aosctl.ports import free_port
from kernel.identifiers import new_id
from kernel.clock import utc_now
from tests.support.waiting import until
from grpc_health.v1 import health_pb2, health_pb2_grpc

ROOT = Path(__file__).parents[3]


async def serves(address):
    async with aio.insecure_channel(address) as channel:
        try:
            a = await health_pb2_grpc.HealthStub(channel).Check(
                health_pb2.HealthCheckRequest(service=""), timeout=1
            )
        except aio.AioRpcError:
            return False
    return a.status == 1


def draft(tenant, now):
    d = ledger_pb2.LedgerDraft(
        entry_id=new_id("led"),
        tenant_id=tenant,
        event_type="POLICY_CREATED",
        entity_type="policy",
        entity_id=new_id("pol"),
        actor_type=1,
        actor_id=new_id("per"),
        run_id=new_id("run"),
        after_json='{"state":"active","limit":3}',
        before_json='{"state":"draft","limit":3}',
    )
    d.occur_time.FromDatetime(now)
    return d


async def test_perf(empty_plane):
    plane = empty_plane
    await plane.start_accounts_stand_in()
    address = f"127.0.0.1:{free_port()}"
    plane.peers["logs"] = address
    p = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "cProfile",
        "-o",
        "/tmp/logs.prof",
        "-m",
        "services.logs",
        cwd=ROOT,
        env={**os.environ, **plane.environment("logs", AOS_LISTEN=address, AOS_LOG_LEVEL="error")},
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.DEVNULL,
    )
    plane.stack.callback(lambda: p.returncode is None and p.kill())
    await until(lambda: serves(address))
    await plane.database.fetch_script("create table public.raw (id text primary key, b bytea)")

    async def raw(n, c):
        conns = [await asyncpg.connect(plane.database.admin_url) for _ in range(c)]

        async def w(conn):
            st = await conn.prepare("insert into public.raw values ($1,$2)")
            for _ in range(n // c):
                await st.fetch(new_id("x"), b"x" * 400)

        t = time.perf_counter()
        await asyncio.gather(*(w(c_) for c_ in conns))
        dt = time.perf_counter() - t
        for c_ in conns:
            await c_.close()
        return n / dt

    tenant = new_id("ten")
    now = utc_now()
    md = plane.identities.service_metadata("activity", audience="logs")

    async def rpc(n, c, per):
        async with aio.insecure_channel(address) as ch:
            stub = ledger_service_pb2_grpc.LedgerServiceStub(ch)
            reqs = [
                [
                    ledger_service_pb2.AppendEntriesRequest(
                        drafts=[draft(tenant, now) for _ in range(per)]
                    )
                    for _ in range(n // c // per)
                ]
                for _ in range(c)
            ]

            async def w(rs):
                for r in rs:
                    await stub.AppendEntries(r, metadata=md, timeout=30)

            t = time.perf_counter()
            await asyncio.gather(*(w(r) for r in reqs))
            return n / (time.perf_counter() - t)

    for c in (32,):
        print("=raw", c, await raw(8000, c))
        for per in (64,):
            print("=rpc", c, per, await rpc(c * per * max(1, 40000 // (c * per)), c, per))
    p.terminate()
    await p.wait()
