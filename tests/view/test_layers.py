from types import SimpleNamespace
from xml.etree import ElementTree as ET

import pytest
from account import Account
from goldens import assert_same_as_golden

from ecslab.view.layers import layers


@pytest.fixture
def account():
    """An account on fakes, seen as a lab."""
    account = Account()
    account.lab = SimpleNamespace(timeline=account.timeline, plane=lambda: account.plane)
    return account


def test_an_account_with_nothing_in_it_has_three_empty_layers(account):
    """Lesson 1 begins here."""
    account.call("DeleteCluster", cluster="default")
    assert "controller    no cluster yet\ncapacity      no task yet" in layers(account.lab).text


def test_the_layers_tell_what_was_asked_what_is_kept_and_where_it_runs(account):
    """Requests from the timeline, services with their counts, tasks in
    their zones with their addresses.
    """
    account.register("web")
    account.register("job")
    account.serve("web", "web", desired=3)
    account.advance(60)
    account.run("job")
    account.advance(10)
    account.call("UpdateService", service="web", desiredCount=4)
    picture = layers(account.lab)
    assert_same_as_golden("layers.txt", picture.text + "\n")
    assert_same_as_golden("layers.svg", picture.svg)


def test_the_layers_picture_is_an_image_with_words(account):
    """The description says what the text form says; a page may clean it, nothing is lost."""
    account.register("web")
    account.serve("web", "web", desired=20)
    account.advance(60)
    image = ET.fromstring(layers(account.lab).svg)
    assert image.get("role") == "img"
    assert image.find("{http://www.w3.org/2000/svg}desc").text == layers(account.lab).text
    assert "and 6 more" in layers(account.lab).svg


def test_looking_changes_nothing(account):
    """A picture twice is the same picture; the timeline has not grown."""
    account.register("web")
    account.serve("web", "web", desired=2)
    account.advance(5)
    before = len(account.timeline)
    assert layers(account.lab).svg == layers(account.lab).svg
    assert len(account.timeline) == before
