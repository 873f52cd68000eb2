"""Pictures kept in files: a change of a picture is a change that somebody looked at."""

import xml.etree.ElementTree as ET
from pathlib import Path

from kept import assert_same_as_kept

FOLDER = Path(__file__).parent / "golden"
SVG = "{http://www.w3.org/2000/svg}"
TAGS = {"svg", "desc", "g", "path", "rect", "text", "title"}


def assert_same_as_golden(name, text):
    """Compare with the kept file; delete the file to have the next run write
    it anew, then look at the difference.
    """
    assert_same_as_kept(FOLDER / name, text)


def parsed(svg):
    """An SVG that is one, of shapes and attributes only, so
    that cleaning a page changes nothing.
    """
    image = ET.fromstring(svg)
    assert {e.tag.removeprefix(SVG) for e in image.iter()} <= TAGS
    assert not {name for e in image.iter() for name in e.attrib} & {
        "style",
        "class",
        "id",
        "onclick",
        "href",
    }
    return image
