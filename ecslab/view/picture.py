"""In which forms a notebook gets a picture."""

from dataclasses import dataclass
from typing import Any

PLOTLY = "application/vnd.plotly.v1+json"


@dataclass(frozen=True, slots=True, repr=False)
class Picture:
    """One picture in three forms: interactive for JupyterLab, SVG for a page
    without a kernel, text for everybody else.

    JupyterLab takes the first it can draw: plotly's renderer has rank 0, SVG 80, text 120.
    nbconvert's HTML takes the SVG. `print(picture)` gives the text, which says the same in letters.
    """

    text: str
    svg: str
    plotly: dict[str, Any] | None = None

    def __repr__(self) -> str:
        return self.text

    __str__ = __repr__

    @property
    def figure(self) -> Any:
        """The picture as a plotly Figure, to change and to show again; the
        only use that needs plotly installed.
        """
        from plotly.graph_objects import Figure  # noqa: PLC0415 - pictures must not need it

        assert self.plotly is not None, "this picture has a plotly form"
        return Figure(data=self.plotly["data"], layout=self.plotly["layout"])

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, Any]:
        """What IPython sends to the page: every form, and the page chooses."""
        forms = {PLOTLY: self.plotly, "image/svg+xml": self.svg, "text/plain": self.text}
        wanted = {
            form: content
            for form, content in forms.items()
            if content is not None and (not include or form in include)
        }
        return {
            form: content for form, content in wanted.items() if not exclude or form not in exclude
        }
