"""What each service may do on the bus, from the declaration of streams and consumers.

A service publishes its own events and nobody else's, confirms to those whose events it takes, reads
its own consumers, and hears answers at an inbox that is nobody else's. It may make the declared
streams and bring them in line, since whoever starts first does; it can delete and purge nothing.
"""

from dataclasses import dataclass

from servicekit.jetstream.topology import (
    EVENTS_STREAM,
    RECEIPTS_STREAM,
    ConsumerDeclaration,
    Topology,
    receipts_consumer,
)

_STREAM_VERBS = ("INFO", "CREATE", "UPDATE")
_DOMAIN_POSITION = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class BusPermissions:
    """The subjects of one service; whatever is not among them is refused."""

    publish: tuple[str, ...]
    subscribe: tuple[str, ...]


def inbox_of(service: str) -> str:
    """Where answers to a service arrive; with one inbox for all, each could read the others'."""
    return f"_INBOX_{service}"


def permissions_of(service: str, topology: Topology) -> BusPermissions:
    """What a service may do."""
    consumers = topology.consumers_of(service)
    publish = (
        f"aos.v1.*.{service}.>",
        *(f"aos.receipts.{producer}" for producer in _producers(consumers)),
        *(
            f"$JS.API.STREAM.{verb}.{stream.name}"
            for stream in topology.streams
            for verb in _STREAM_VERBS
        ),
        *(subject for consumer in consumers for subject in _reading(consumer)),
        *_reading_receipts(service),
    )
    subscribe = (f"{inbox_of(service)}.>", *topology.live.get(service, ()))
    return BusPermissions(publish=publish, subscribe=subscribe)


def _producers(consumers: tuple[ConsumerDeclaration, ...]) -> list[str]:
    subjects = {subject for consumer in consumers for subject in consumer.subjects}
    return sorted({subject.split(".")[_DOMAIN_POSITION] for subject in subjects})


def _reading(consumer: ConsumerDeclaration) -> list[str]:
    return _consumer_subjects(EVENTS_STREAM, consumer.name, _filter(consumer.subjects))


def _reading_receipts(service: str) -> list[str]:
    consumer = receipts_consumer(service)
    name, subject = str(consumer.durable_name), str(consumer.filter_subject)
    return _consumer_subjects(RECEIPTS_STREAM, name, f".{subject}")


def _filter(subjects: tuple[str, ...]) -> str:
    # The server compares a single filter with the subject of the request. With several there is
    # none to compare, so such a consumer is bound to its stream and name alone.
    return f".{subjects[0]}" if len(subjects) == 1 else ""


def _consumer_subjects(stream: str, name: str, filter_: str) -> list[str]:
    return [
        f"$JS.API.CONSUMER.CREATE.{stream}.{name}{filter_}",
        f"$JS.API.CONSUMER.INFO.{stream}.{name}",
        f"$JS.API.CONSUMER.MSG.NEXT.{stream}.{name}",
        f"$JS.ACK.{stream}.{name}.>",
    ]


def user_entry(name: str, password: str, permissions: BusPermissions) -> str:
    """One user in the server's configuration; the password is written as it is given."""
    return (
        f"    {{\n      user: {name}\n      password: {password}\n      permissions: {{\n"
        f"        publish: [\n{_lines(permissions.publish)}\n        ]\n"
        f"        subscribe: [\n{_lines(permissions.subscribe)}\n        ]\n      }}\n    }}\n"
    )


def _lines(subjects: tuple[str, ...]) -> str:
    return "\n".join(f'          "{subject}"' for subject in subjects)
