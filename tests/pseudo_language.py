"""A language that nobody speaks: every letter of a sentence becomes its wide twin, and
what stands in a blank stays as it is. What reads plainly in it, no translator could reach.
"""

import re
from collections.abc import Mapping
from string import Formatter, ascii_letters

_WIDE = str.maketrans({letter: chr(ord(letter) + 0xFEE0) for letter in ascii_letters})
_WORD = re.compile(r"[A-Za-z]+")


def wide(sentence: str) -> str:
    """A sentence in the language, with the same blanks."""
    said = []
    for words, name, form, turned in Formatter().parse(sentence):
        said.append(words.translate(_WIDE).replace("{", "{{").replace("}", "}}"))
        if name is not None:
            blank = name + (f"!{turned}" if turned else "") + (f":{form}" if form else "")
            said.append("{" + blank + "}")
    return "".join(said)


class PseudoLanguage(Mapping[str, str]):
    """A catalogue that has every sentence."""

    def __getitem__(self, sentence: str) -> str:
        return wide(sentence)

    def __iter__(self):
        return iter(())

    def __len__(self) -> int:
        return 0


def left(said: str) -> set[str]:
    """The words that are not of the language."""
    return set(_WORD.findall(said))
