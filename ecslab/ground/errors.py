"""The two kinds of error that ecslab raises on purpose.

What AWS would refuse is an `AwsError`, which the AWS boundary turns into botocore's `ClientError`.
Misuse of the lab itself is a `LabError`. A broken invariant of ours is an `assert`.
"""

from typing import Any

from ecslab.ground.text import Listed, Text


class LabError(Exception):
    """The lab was used in a way that cannot work; the text shows the
    wrong line and the right line.

    `text` is that same text, which another language can say again. A line of code
    is the same in all of them, unless it is a Text because it holds a remark.
    """

    def __init__(self, what: Text, *, wrong: str = "", right: str = "") -> None:
        lines = [what]
        if wrong:
            lines.append(Text("    wrong:  {line}", line=wrong))
        if right:
            lines.append(Text("    right:  {line}", line=right))
        self.text = Listed("\n", lines)
        super().__init__(self.text)


class AwsError(Exception):
    """An error that AWS itself answers: its code, its message, and
    the extra members of its shape.
    """

    def __init__(self, code: str, message: str, *, status: int = 400, **members: Any) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message
        self.status = status
        self.members = members


def client_exception(message: str) -> AwsError:
    """The request is not acceptable to ECS (ClientException)."""
    return AwsError("ClientException", message)


def invalid_parameter(message: str) -> AwsError:
    """A parameter is not valid for this operation (InvalidParameterException)."""
    return AwsError("InvalidParameterException", message)


def validation(message: str) -> AwsError:
    """The request is not acceptable to Application Auto Scaling (ValidationException)."""
    return AwsError("ValidationException", message)


def not_simulated(what: str, instead: str = "") -> AwsError:
    """AWS does this and ecslab does not: said plainly, so that nothing is silently
    dropped; `instead` is a sentence of what to do.
    """
    return AwsError(
        "UnsupportedFeatureException", f"{what} is not simulated by ecslab. {instead}".rstrip()
    )
