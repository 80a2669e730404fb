"""What a run was shown, found in whatever shape somebody recorded a retrieval or a tool's answer.

Whatever stands in there supports an output, so nothing is left out but what says nothing: scores,
counts, embeddings, and the words that were searched for.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from services.incidents.domain.hallucination.material import Document
from services.incidents.domain.recorded.values import (
    DEPTH,
    Damaged,
    clean,
    events_in,
    is_telemetry,
    numbered,
    unfolded,
    value_of,
    was_left_out,
)

_LISTS = (
    "documents",
    "passages",
    "chunks",
    "results",
    "matches",
    "hits",
    "points",
    "nodes",
    "source_documents",
    "sources",
    "contexts",
    "items",
    "docs",
    "rows",
    "records",
    "retrievals",
    "data",
    "output",
    "outputs",
    "result",
    "response",
    "content",
)
_TEXTS = frozenset(
    {"text", "content", "page_content", "body", "snippet", "passage", "chunk", "document"}
)
_WITHIN = ("metadata", "_source", "payload", "node", "document", "resource")
_IDS = frozenset({"id", "_id", "document.id", "document_id", "doc_id", "chunk_id", "uuid"})
_TITLES = frozenset({"title", "name", "heading"})
_URLS = frozenset({"url", "uri", "link", "href", "source_url"})
_DATES = frozenset({"date", "published", "published_at", "created_at", "updated_at"})
_ASKED = frozenset({"query", "queries", "question", "search_query", "prompt", "input"})
_COUNTED = frozenset(
    {
        "_score",
        "count",
        "distance",
        "distances",
        "duration_ms",
        "embedding",
        "embeddings",
        "hits",
        "latency_ms",
        "limit",
        "max_score",
        "num_results",
        "offset",
        "ok",
        "rank",
        "relevance_score",
        "score",
        "scores",
        "status",
        "success",
        "took",
        "took_ms",
        "top_k",
        "total",
        "type",
        "vector",
        "vectors",
    }
)
_LISTED = re.compile(
    r"(?:retrieval|reranker)\.(?:output_)?documents\.([0-9]+)\.document\.([a-z_]+)"
)
_WHOLE = (
    "gen_ai.retrieval.documents",
    "gen_ai.tool.call.result",
    "output.value",
    "traceloop.entity.output",
)
_PARAGRAPHS = re.compile(r"\n\s*\n")
_LONGEST = {"id": 200, "title": 500, "url": 2000, "date": 100}


def shown_in(outcome: str, step_index: int) -> tuple[Document, ...] | None:
    """The documents that a step brought; None where what it brought was not kept.

    Nothing is something else: who retrieved nothing has been shown nothing.
    """
    name = f"step-{step_index}"
    try:
        value = value_of(outcome)
    except Damaged:
        return (Document(id=name, text=clean(outcome)),)
    if value == "" or was_left_out(value):
        return None
    items = list(_items(value, DEPTH))
    found = [_document(item, f"{name}.{place}") for place, item in enumerate(items, 1)]
    worded = tuple(one for one in found if one.text.strip())
    return worded if worded or _is_empty(value) else None


def in_one(documents: tuple[Document, ...], step_index: int) -> Document:
    """All that a step brought as one document, which still says what its parts are called."""
    parts = (
        "\n".join(filter(None, (one.id, one.title, one.url, one.date, one.text)))
        for one in documents
    )
    return Document(id=f"step-{step_index}", text="\n\n".join(parts))


def _is_empty(value: Any) -> bool:
    """Whether it says that there was nothing, as `[]` and `{"documents": []}` do."""
    if isinstance(value, dict):
        return any(value.get(name) == [] for name in _LISTS)
    return isinstance(value, list) and not value


def _items(value: Any, depth: int) -> Iterator[Any]:
    """Whatever may be a document by itself."""
    held = unfolded(value) if isinstance(value, str) else value
    if depth == 0 or held in (None, ""):
        return
    if isinstance(held, str):
        # Whoever puts passages into one text parts them by empty lines.
        yield from filter(None, map(str.strip, _PARAGRAPHS.split(held)))
    elif isinstance(held, list):
        for each in held:
            yield from _items(each, depth - 1)
    elif isinstance(held, dict):
        yield from _items_of(held, depth)
    else:
        yield str(held)


def _items_of(value: Mapping[str, Any], depth: int) -> Iterator[Any]:
    if is_telemetry(value):
        yield from _items_told(value, depth)
        return
    name = next((name for name in _LISTS if _is_list(value.get(name))), None)
    if name is None or _is_document(value):
        yield value
        return
    yield from _items(value[name], depth - 1)
    # What stands beside the list, such as a summary or what a store knows of each.
    rest = {other: each for other, each in value.items() if other != name}
    if rest:
        yield rest


def _is_list(value: Any) -> bool:
    return isinstance(unfolded(value) if isinstance(value, str) else value, list | dict)


def _is_document(value: Mapping[str, Any]) -> bool:
    nearby = (value, *(value[name] for name in _WITHIN if isinstance(value.get(name), dict)))
    return any(isinstance(place.get(name), str) for place in nearby for name in _TEXTS)


def _items_told(attributes: Mapping[str, Any], depth: int) -> Iterator[Any]:
    """What a span says that it found."""
    listed: dict[str, dict[str, Any]] = {}
    for name, place, part in numbered(attributes, _LISTED):
        listed.setdefault(place, {})[part] = attributes[name]
    yield from listed.values()
    for name in _WHOLE if not listed else ():
        yield from _items(attributes.get(name), depth - 1)
    for _, told in events_in(attributes):
        yield {name.rpartition(".")[2]: value for name, value in told.items()}


def _document(item: Any, name: str) -> Document:
    if isinstance(item, str):
        return Document(id=name, text=clean(item))
    about = {"id": name, "title": "", "url": "", "date": ""}
    lines = []
    for key, text in _leaves("", item, DEPTH):
        kind = _kind_of(key)
        if kind and about[kind] in ("", name) and len(text) <= _LONGEST[kind]:
            about[kind] = text
        else:
            lines.append(text if key in _TEXTS or not key else f"{key}: {text}")
    return Document(text="\n".join(lines), **about)


def _kind_of(key: str) -> str:
    kinds = {"id": _IDS, "title": _TITLES, "url": _URLS, "date": _DATES}
    return next((kind for kind, keys in kinds.items() if key.lower() in keys), "")


def _leaves(key: str, value: Any, depth: int) -> Iterator[tuple[str, str]]:
    """All that is said, each under the name that is next to it."""
    held = unfolded(value) if isinstance(value, str) else value
    if depth == 0 or held in (None, ""):
        return
    if isinstance(held, dict):
        for name, each in held.items():
            if name.lower() not in _ASKED:
                yield from _leaves(clean(name), each, depth - 1)
    elif isinstance(held, list):
        for each in held:
            yield from _leaves(key, each, depth - 1)
    elif key.lower() not in _COUNTED or " " in str(held):
        yield key, clean(str(held))
