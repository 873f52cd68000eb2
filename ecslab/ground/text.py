"""Sentences with named blanks: whatever the lab says for a reader, in the
language that the reader has chosen.

What AWS itself answers (stoppedReason, service messages, error messages, StateReason)
is plain text: it stays English everywhere.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Self

Catalogue = Mapping[str, str]  # what a sentence with its blanks is in another language
ENGLISH: Catalogue = {}


class Text(str):
    """A sentence whose blanks are filled: in English it is this very string,
    in another language `read` says it.

    `Text("pulled after {seconds:g} s", seconds=3)`. A blank may hold a Text. Raises
    KeyError for a blank that nothing fills.
    """

    __slots__ = ("fields", "sentence")
    sentence: str
    fields: Mapping[str, Any]

    def __new__(cls, sentence: str, /, **fields: Any) -> Self:
        """Fill the blanks in English."""
        text = str.__new__(cls, sentence.format_map(fields))
        text.sentence, text.fields = sentence, fields
        return text

    def read(self, catalogue: Catalogue) -> str:
        """The sentence in the language of a catalogue; what that does not have stays English."""
        filled = {name: read(value, catalogue) for name, value in self.fields.items()}
        return catalogue.get(self.sentence, self.sentence).format_map(filled)

    def parts(self) -> Iterator["Text"]:
        """This sentence, and those in its blanks."""
        yield self
        for value in self.fields.values():
            if isinstance(value, Text):
                yield from value.parts()

    def __reduce__(self) -> tuple[Any, ...]:
        return _again, (type(self), self.sentence, dict(self.fields))


class Listed(Text):
    """Several texts in a row, each read in the reader's language; what stands between
    them is read as well when it is a Text, because it has words.
    """

    __slots__ = ()

    def __new__(cls, separator: str, texts: Iterable[str], /) -> Self:
        """Put the separator between them."""
        held = {str(place): text for place, text in enumerate(texts)}
        text = str.__new__(cls, separator.join(held.values()))
        text.sentence, text.fields = separator, held
        return text

    def read(self, catalogue: Catalogue) -> str:
        """Each of them in the language of a catalogue."""
        between: str = read(self.sentence, catalogue)
        return between.join(read(text, catalogue) for text in self.fields.values())

    def parts(self) -> Iterator[Text]:
        """The texts in it, and the one between them."""
        for value in (self.sentence, *self.fields.values()):
            if isinstance(value, Text):
                yield from value.parts()

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (self.sentence, list(self.fields.values()))


def as_it_stands(sentence: str) -> Text:
    """A sentence without blanks that is written in a file, not in code."""
    return Text(sentence.replace("{", "{{").replace("}", "}}"))


def read(value: Any, catalogue: Catalogue) -> Any:
    """A text in the language of a catalogue; anything else is the same in all of them."""
    return value.read(catalogue) if isinstance(value, Text) else value


def printable(cell: str) -> str:
    """A name as one line of text: whatever would move the cursor is written out."""
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in cell)


def _again(kind: type[Text], sentence: str, fields: dict[str, Any]) -> Text:
    return kind(sentence, **fields)
