"""Page tokens belong to their query and tenant."""

import pytest

from aos.activity.v1 import run_pb2, run_service_pb2
from kernel.errors import InvalidPageToken
from servicekit.paging import PageTokens

TOKENS = PageTokens(secret=b"s" * 64)
QUERY = run_service_pb2.ListRunsRequest(page_size=10)


def test_a_token_leads_to_the_page_after_it_whatever_the_size() -> None:
    token = TOKENS.write(QUERY, ("run_1",), tenant="ten_a")
    for size in (10, 99):
        asked = run_service_pb2.ListRunsRequest(page_size=size, page_token=token)
        assert TOKENS.read(asked, tenant="ten_a").after == ("run_1",)


def test_the_last_page_has_no_token() -> None:
    assert TOKENS.write(QUERY, None, tenant="ten_a") == ""


def test_a_token_is_refused_for_another_query_tenant_or_plane_and_when_damaged() -> None:
    token = TOKENS.write(QUERY, ("run_1",), tenant="ten_a")
    other = run_service_pb2.ListRunsRequest(
        page_token=token, filter=run_pb2.RunFilter(project_id="prj_x")
    )
    same = run_service_pb2.ListRunsRequest(page_token=token)
    damaged = run_service_pb2.ListRunsRequest(page_token="A" + token[1:])
    elsewhere = PageTokens(secret=b"t" * 64)
    for tokens, asked, tenant in (
        (TOKENS, other, "ten_a"),
        (TOKENS, same, "ten_b"),
        (elsewhere, same, "ten_a"),
        (TOKENS, damaged, "ten_a"),
    ):
        with pytest.raises(InvalidPageToken):
            tokens.read(asked, tenant=tenant)
