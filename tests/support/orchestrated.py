"""Tenants with agents that run, beside every service of the plane."""

import uuid
from typing import Any

from grpc import aio

from aos.accounts.v1 import person_pb2
from aos.activity.v1 import trace_pb2
from aos.orchestrator.v1 import run_pb2, run_service_pb2, session_service_pb2_grpc
from aos.orchestrator.v1 import session_service_pb2 as session
from aos.policies.v1 import decision_pb2, policy_pb2
from kernel.clock import utc_now
from tests.support.calling import Caller
from tests.support.governed import body, limit
from tests.support.plane import Plane
from tests.support.waiting import until

SERVICES = ("accounts", "activity", "policies", "incidents", "logs", "orchestrator")
EXTERNAL = run_pb2.RUN_MODE_EXTERNAL
SUCCEEDED, FAILED = run_pb2.OUTCOME_SUCCEEDED, run_pb2.OUTCOME_FAILED


async def start_plane(plane: Plane) -> None:
    """Every service, none of them a stand-in."""
    await plane.start_all(*SERVICES)
    for name in SERVICES:
        await until(lambda name=name: plane.accepts_runs(name))


class Household:
    """A tenant with an agent, its key, and callers of every service with that key."""

    def __init__(self, plane: Plane) -> None:
        self.plane = plane
        self.tenant = self.project = self.agent = self.key = ""
        self.metadata: Any = ()

    async def settle(self, *roles: Any) -> "Household":
        """Make the tenant, and a key with these roles; the owner's without any."""
        made = await self._operator().call(
            "CreateTenant",
            name=f"tenant {uuid.uuid4()}",
            owner_email="owner@example.com",
            owner_name="Owner",
        )
        self.tenant = made.tenant.id
        acting = self._operator(self.tenant)
        self.project = (await acting.call("CreateProject", name="p")).project.id
        agent = await acting.call("CreateAgent", project_id=self.project, name="agent")
        self.agent = agent.agent.id
        self.metadata = await self.key_with(*(roles or (person_pb2.ROLE_OWNER,)))
        return self

    async def key_with(self, *roles: Any) -> Any:
        """What a program sends that holds a new key with these roles."""
        made = await self._operator(self.tenant).call(
            "CreateApiKey", name=str(uuid.uuid4()), roles=roles
        )
        self.key = made.secret
        anybody = Caller(self.plane, "accounts", ())
        token = (await anybody.call("ExchangeKey", api_key=self.key)).token
        return (("authorization", f"Bearer {token}"),)

    def asks(self, service: str, metadata: Any = None) -> Caller:
        """Somebody of the tenant who calls a service."""
        return Caller(self.plane, service, metadata or self.metadata)

    async def govern(self, *limits: Any, **more: Any) -> policy_pb2.Policy:
        """Put a policy in force; without any limit one that nothing reaches."""
        content = body(*(limits or (limit("STEPS", 1_000_000),)), **more)
        owner = self.asks("policies")
        draft = (await owner.call("CreatePolicy", body=content)).policy
        active = await owner.call("ActivatePolicy", policy_id=draft.id, etag=draft.etag)
        made: policy_pb2.Policy = active.policy
        return made

    async def run(self, **more: Any) -> Any:
        """A run of the agent, as the orchestrator has started it."""
        wanted = {"agent_id": self.agent, "goal": "anything", "mode": EXTERNAL, **more}
        return await self.asks("orchestrator").call("CreateRun", **wanted)

    async def end(self, run_id: str, outcome: Any = SUCCEEDED) -> Any:
        """Let a run be over."""
        return await self.asks("orchestrator").call("CompleteRun", run_id=run_id, outcome=outcome)

    async def completed(self, run_id: str) -> Any:
        """The run once its completion is finished."""

        async def view() -> Any:
            found = (await self.asks("orchestrator").call("GetRun", run_id=run_id)).run
            return found if found.completion == run_pb2.COMPLETION_STATE_FINISHED else None

        return await until(view)

    def _operator(self, tenant: str = "") -> Caller:
        metadata = self.plane.identities.service_metadata(
            "operator", audience="accounts", tenant=tenant
        )
        return Caller(self.plane, "accounts", metadata)


class Agent:
    """An agent of a customer, on one session, without the SDK."""

    def __init__(self, household: Household, *, session_id: str = "", service: str = "") -> None:
        self.household = household
        self.session_id = session_id or str(uuid.uuid4())
        channel = household.plane.services[service or "orchestrator"].channel
        stub: Any = session_service_pb2_grpc.RunSessionServiceStub(channel)
        self.call = stub.Session(metadata=household.metadata)
        self._sequence = 0
        self.directives: list[Any] = []
        self._answers: dict[int, Any] = {}

    async def hello(self) -> "Agent":
        """Begin the session."""
        said = session.Hello(session_id=self.session_id, client="test")
        await self.say(hello=said)
        return self

    async def say(self, **message: Any) -> Any:
        """Say something and wait for its answer; directives in between are kept."""
        self._sequence += 1
        await self.call.write(session.SessionRequest(sequence=self._sequence, **message))
        return await self.answer(self._sequence)

    async def answer(self, sequence: int) -> Any:
        """The answer to a message."""
        while sequence not in self._answers:
            said = await self.call.read()
            if said.WhichOneof("message") == "directive":
                self.directives.append(said.directive)
            else:
                self._answers[said.answers] = said
        return self._answers.pop(sequence)

    async def directive(self) -> Any:
        """The next thing that it is told without having asked."""
        while not self.directives:
            said = await self.call.read()
            assert said.WhichOneof("message") == "directive"
            self.directives.append(said.directive)
        return self.directives.pop(0)

    async def create(self, **more: Any) -> Any:
        """Create a run and hold it."""
        wanted = {
            "request_id": str(uuid.uuid4()),
            "agent_id": self.household.agent,
            "goal": "anything",
            "mode": EXTERNAL,
            **more,
        }
        return (await self.say(create=run_service_pb2.CreateRunRequest(**wanted))).held

    async def ask(self, run_id: str, step_id: str, **more: Any) -> Any:
        """Ask whether a step may happen."""
        question = decision_pb2.StepQuestion(
            run_id=run_id,
            step_id=step_id,
            kind=more.pop("kind", decision_pb2.STEP_KIND_TOOL_CALL),
            skill_name="search",
            **more,
        )
        return await self.say(step=session.StepIntent(question=question))

    async def report(self, run_id: str, step_id: str, **more: Any) -> Any:
        """Say what a step came to."""
        step = trace_pb2.Step(
            step_id=step_id,
            kind=more.pop("kind", trace_pb2.STEP_KIND_TOOL_CALL),
            skill_name="search",
            status=trace_pb2.STEP_STATUS_SUCCEEDED,
            **more,
        )
        step.start_time.FromDatetime(utc_now())
        return await self.say(result=session.StepResult(run_id=run_id, step=step))

    async def end(self, run_id: str, outcome: Any = SUCCEEDED) -> Any:
        """Say that a run is over."""
        said = run_service_pb2.CompleteRunRequest(
            request_id=str(uuid.uuid4()), run_id=run_id, outcome=outcome
        )
        return await self.say(complete=said)

    async def leave(self) -> None:
        """Say goodbye."""
        await self.call.done_writing()
        while await self.call.read() is not aio.EOF:
            continue
