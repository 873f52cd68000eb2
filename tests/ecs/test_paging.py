"""Pages: together they are the whole list, in order, nothing twice."""

import pytest
from account import Account
from hypothesis import given
from hypothesis import strategies as st
from refusals import refused

from ecslab.ecs.api.paging import page

ACCOUNT = Account()
for number in range(7):
    ACCOUNT.call("CreateCluster", clusterName=f"c{number}")
    ACCOUNT.register(f"family-{number}")

LISTS = {
    "ListClusters": ("clusterArns", {}, 8),
    "ListTaskDefinitions": ("taskDefinitionArns", {}, 7),
    "ListTaskDefinitionFamilies": ("families", {}, 7),
    "ListAccountSettings": ("settings", {"effectiveSettings": True}, 11),
}


def _pages(operation, size):
    member, asked, _ = LISTS[operation]
    token = {}
    while True:
        answer = ACCOUNT.call(operation, **asked, maxResults=size, **token)
        yield answer[member]
        if "nextToken" not in answer:
            return
        token = {"nextToken": answer["nextToken"]}


@pytest.mark.parametrize("operation", LISTS)
@given(size=st.integers(1, 10))
def test_the_pages_of_a_list_are_the_list(operation, size):
    """For every maxResults: full pages, then the rest, and no token on the last one."""
    _, _, length = LISTS[operation]
    pages = list(_pages(operation, size))
    assert [len(p) for p in pages] == [size] * (length // size) + [length % size] * (
        length % size > 0
    )
    assert [item for p in pages for item in p] == [
        item for p in _pages(operation, 10) for item in p
    ]


@pytest.mark.parametrize("operation", LISTS)
@pytest.mark.parametrize("size", [0, 101])
def test_a_page_has_one_to_a_hundred_items(operation, size):
    """InvalidParameterException; account settings have ten at most
    (BC: maxResults of each operation).
    """
    assert refused(ACCOUNT, operation, maxResults=size).code == "InvalidParameterException"


def test_account_settings_come_in_tens():
    """BC:ListAccountSettingsRequest.maxResults: 1 to 10, and 10 unless told."""
    first = ACCOUNT.call("ListAccountSettings", effectiveSettings=True)
    assert (len(first["settings"]), "nextToken" in first) == (10, True)
    assert (
        refused(ACCOUNT, "ListAccountSettings", maxResults=11).code == "InvalidParameterException"
    )


@pytest.mark.parametrize("token", ["", "x", "ZWNzbGFiOjk5", "ZWNzbGFiOi0x", "ünïcode"])
@pytest.mark.parametrize("operation", LISTS)
def test_a_token_that_was_not_given_out_is_refused(operation, token):
    """A nextToken is what the last page said, nothing else (BC: nextToken of each operation)."""
    assert refused(ACCOUNT, operation, nextToken=token).code == "InvalidParameterException"


@given(st.lists(st.integers(), max_size=30), st.integers(1, 12))
def test_pages_of_anything_are_that_thing(items, size):
    """Also for lists that end exactly with a page, and for empty ones."""
    collected, token = [], {}
    for _ in range(len(items) + 1):
        part, token = page(items, {"maxResults": size} | token, limit=12)
        collected += part
        if not token:
            break
    assert collected == items
