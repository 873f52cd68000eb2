"""The README cannot lie: its example runs, its picture is what the
example draws, its links lead somewhere.
"""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
PICTURE = ROOT / "lessons" / "pictures" / "healing.svg"


def test_the_example_draws_the_picture(capsys):
    """The one Python block, run as it stands; delete the picture to
    have it drawn anew, then look at it.
    """
    [example] = re.findall(r"```python\n(.*?)```", README, flags=re.DOTALL)
    names: dict[str, object] = {}
    exec(example.rpartition("show(lab)")[0], names)
    with names["lab"] as lab:
        drawn = names["show"](lab)._repr_mimebundle_()["image/svg+xml"]
        assert "service/web            steady" in capsys.readouterr().out
        assert (
            lab.client("ecs").describe_services(cluster="shop", services=["web"])["services"][0][
                "runningCount"
            ]
            == 3
        )
    if not PICTURE.exists():
        PICTURE.parent.mkdir(exist_ok=True)
        PICTURE.write_text(drawn, encoding="utf-8")
        raise AssertionError(f"{PICTURE} was written: look at it, then run again")
    assert drawn == PICTURE.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("opened", "running", "codes"),
    [("Lab()", 0, {"TaskFailedToStart"}), ('Lab(reach="open")', 3, set())],
)
def test_the_example_needs_its_public_address(opened, running, codes):
    """Below the block: without one its tasks wait, and end as TaskFailedToStart;
    where everything is reached, they run.
    """
    [example] = re.findall(r"```python\n(.*?)```", README, flags=re.DOTALL)
    changed = example.partition("lab.settle()")[0].replace(', "assignPublicIp": "ENABLED"', "")
    assert "assignPublicIp" not in changed
    names: dict[str, object] = {}
    exec(changed.replace("Lab()", opened), names)
    with names["lab"] as lab:
        lab.advance("6m")
        ecs = names["ecs"]
        [service] = ecs.describe_services(cluster="shop", services=["web"])["services"]
        assert service["runningCount"] == running
        ended = ecs.list_tasks(cluster="shop", desiredStatus="STOPPED")["taskArns"]
        assert bool(ended) == bool(codes)
        found = ecs.describe_tasks(cluster="shop", tasks=ended)["tasks"] if ended else []
        assert {task["stopCode"] for task in found} == codes


def test_every_link_leads_somewhere():
    """Files that the README, the course map and the lessons name exist."""
    pages = [
        ROOT / "README.md",
        *sorted((ROOT / "lessons").glob("*.md")),
        *sorted((ROOT / "lessons").glob("*.ipynb")),
    ]
    for page in pages:
        for target in re.findall(r"\]\(([^)#\s]+)\)", page.read_text(encoding="utf-8")):
            if "://" not in target:
                assert (page.parent / target).exists(), f"{page.name} names {target}"
