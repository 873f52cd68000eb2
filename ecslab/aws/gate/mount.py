"""Puts our ECS and CodeDeploy on moto's registry in place of moto's own: there a request becomes
a call.
"""

import logging
from types import SimpleNamespace
from typing import Any

from moto.core.base_backend import BackendDict, BaseBackend

from ecslab.aws import failures
from ecslab.aws.account import Account, numbered, serving
from ecslab.aws.apis.catalogue import regions
from ecslab.aws.gate import wire
from ecslab.aws.gate.clients import ACCOUNT_HEADER
from ecslab.aws.moto_patches.virtual_time import http_date
from ecslab.ground.errors import AwsError, LabError

Answer = tuple[int, dict[str, str], str]

URL_BASE = r"https?://{}\.(.+)\.amazonaws\.com"

_log = logging.getLogger(__name__)


def answer(account: Account, region: str, target: str, body: bytes | str) -> Answer:
    """Answer one request to ECS or CodeDeploy; an error of AWS is an
    answer too, an error of ours is raised.
    """
    try:
        status, text = 200, _call(account, region, target, body)
    except AwsError as error:
        status, text = error.status, wire.write_error(error)
    headers = {
        "x-amzn-RequestId": account.chance.uuid("request ids"),
        "Content-Type": wire.CONTENT_TYPE,
        "Content-Length": str(len(text)),
        "Date": http_date(),
    }
    return status, headers, text


def _call(account: Account, region: str, target: str, body: bytes | str) -> str:
    service, operation = wire.called(target)
    if operation not in wire.operations(service):
        text = f"{operation or 'No operation'} is not an operation of {wire.NAMES[service]}."
        raise AwsError("UnknownOperationException", text)
    if region not in regions():
        raise AwsError(
            "InvalidSignatureException", "Credential should be scoped to a valid region."
        )
    ours = account.in_region(region)
    door = ours.ecs if service == "ecs" else ours.codedeploy
    return wire.write(operation, door.call(operation, wire.read(operation, body, service)), service)


def answer_moto(request: Any, url: str, headers: Any) -> Answer:
    """Answer a request that moto routed here: those of its server, where an
    error of ours becomes a readable 500.
    """
    del url
    signature = request.headers.get("Authorization", "").split("/")
    account = numbered(request.headers[ACCOUNT_HEADER])
    with serving(account):
        region = signature[2] if len(signature) > 2 else account.region  # noqa: PLR2004 - Credential=KEY/DATE/REGION/…
        try:
            return answer(account, region, headers.get("X-Amz-Target", ""), request.data)
        except LabError as error:  # 501 is not tried again
            refused = AwsError("NotImplemented", str(error), status=501)
            return 501, {"Content-Type": wire.CONTENT_TYPE}, wire.write_error(refused)
        except Exception as error:  # noqa: BLE001 - whatever it is, the caller is another process and must hear of it
            _log.exception("ecslab failed to answer a request")
            failure = AwsError(
                "ServerException", f"ecslab failed: {type(error).__name__}: {error}", status=500
            )
            return 500, {"Content-Type": wire.CONTENT_TYPE}, wire.write_error(failure)


class EcsBackend(BaseBackend):
    """What moto sees of ECS in one account and region: the way in for its
    server and for its other services.
    """

    @property
    def _url_module(self) -> Any:
        return SimpleNamespace(url_bases=[URL_BASE.format("ecs")], url_paths={"{0}/$": answer_moto})

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)
        raise failures.refusal(f"What another service asks of ECS here ({name})")


class CodeDeployBackend(BaseBackend):
    """What moto sees of CodeDeploy: the way in for its server."""

    @property
    def _url_module(self) -> Any:
        return SimpleNamespace(
            url_bases=[URL_BASE.format("codedeploy")], url_paths={"{0}/$": answer_moto}
        )


def backends() -> dict[str, BackendDict]:
    """Our planes in every account and region, by service, in the form of moto's registry."""
    kinds = {"ecs": EcsBackend, "codedeploy": CodeDeployBackend}
    everywhere = sorted(regions())
    return {
        name: BackendDict(kind, name, use_boto3_regions=False, additional_regions=everywhere)
        for name, kind in kinds.items()
    }
