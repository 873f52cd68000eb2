"""What becomes of an exception that moto lets out instead of an answer."""

from collections.abc import Callable
from types import ModuleType, TracebackType

from botocore.exceptions import BotoCoreError, ClientError
from moto.core.exceptions import ServiceException

from ecslab.aws.changes import put_in_place
from ecslab.ground.errors import AwsError, LabError, not_simulated
from ecslab.ground.text import Text

_SAID = (LabError, AwsError, BotoCoreError, ClientError)  # exceptions that are meant for the caller


def of_moto(failure: Exception, what: str) -> LabError | None:
    """The LabError that a failure of moto becomes; None for one that is ecslab's
    own, or is meant for the caller as it is.

    `what` names the call, such as "sns ListTopics". Whose a failure is, the
    innermost frame in moto or ecslab says.
    """
    if isinstance(failure, NotImplementedError):
        return LabError(
            Text(
                "this call is not simulated: {what}. It was not sent anywhere.",
                what=str(failure) or what,
            )
        )
    # One of moto's extras, such as moto[cloudformation].
    if isinstance(failure, ModuleNotFoundError):
        return LabError(
            Text(
                "this call needs the package {name}, which is not installed here. It was not "
                "sent anywhere.",
                name=failure.name,
            )
        )
    if isinstance(failure, _SAID) or not _in_moto(failure.__traceback__):
        return None
    return LabError(
        Text(
            "{what} could not be answered: moto, which answers for this service, failed with "
            "{kind}: {failure}. The request was not sent anywhere.",
            what=what,
            kind=type(failure).__name__,
            failure=failure,
        )
    )


def _in_moto(trace: TracebackType | None) -> bool:
    innermost = ""
    while trace is not None:
        package = trace.tb_frame.f_globals.get("__name__", "").partition(".")[0]
        if package in {"moto", "ecslab"}:
            innermost = package
        trace = trace.tb_next
    return innermost == "moto"


class NotSimulated(ServiceException):
    """What moto's services raise for a thing that is not simulated: each answers it in its
    own protocol, as an error of the caller's.
    """


def refusal(what: str) -> NotSimulated:
    """The refusal of a thing that AWS does and ecslab does not."""
    refused = not_simulated(what)
    return NotSimulated(refused.code, refused.message)


def name_code(module: ModuleType) -> Callable[[], None]:
    """Have `moto.core.errors` take our code for one that no service
    needs to declare; it warns of others.
    """
    code = not_simulated("").code
    module.COMMON_ERROR_CODES.append(code)
    return lambda: module.COMMON_ERROR_CODES.remove(code)


def refuse(kind: type, method: str, what: str) -> Callable[[], None]:
    """Have a method of one of moto's backends refuse; what is returned gives it back."""

    def refused(_backend: object, *_: object, **__: object) -> None:
        raise refusal(what)

    return put_in_place([(kind, method, refused)])
