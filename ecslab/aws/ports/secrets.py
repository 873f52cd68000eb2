"""What ECS asks of moto's Secrets Manager and SSM: whether what a container shall be given can be
read.
"""

import json
import re
from typing import Any

from ecslab.aws.ports.backends import backend
from ecslab.ecs.ports import Unavailable

UNKNOWN = "ResourceNotFoundException: Secrets Manager can't find the specified secret."
DELETED = (
    "InvalidRequestException: You can't perform this operation on the secret because it "
    "was marked for deletion."
)

# arn:aws:secretsmanager:region:account:secret:name[:json-key:version-stage:version-id]
# (developer guide, secrets-envvar-secrets-manager)
_SECRET = re.compile(
    r"(?P<arn>arn:aws:secretsmanager:(?P<region>[^:]*):(?P<account>[^:]*):secret:[^:]+)(?::(?P<rest>.*))?"
)
_PARAMETER = re.compile(r"arn:aws:ssm:(?P<region>[^:]*):(?P<account>[^:]*):parameter(?P<name>/.+)")


class MotoSecrets:
    """Secrets in moto's Secrets Manager and parameters in its SSM."""

    def __init__(self, account: str, region: str) -> None:
        self._account, self._region = account, region

    def read(self, value_from: str) -> None:
        """Prove that a secret's ARN, a parameter's ARN or a parameter's name of this
        region can be read; raises Unavailable.
        """
        if _SECRET.fullmatch(value_from):
            self.read_secret(value_from)
        elif parameter := _PARAMETER.fullmatch(value_from):
            self._read_parameter(
                parameter["name"], parameter["region"], parameter["account"], value_from
            )
        else:
            self._read_parameter(value_from, self._region, self._account, value_from)

    def read_secret(self, name_or_arn: str) -> None:
        """The same for a secret alone, which may be given by its name
        (BC:RepositoryCredentials); raises Unavailable.
        """
        named = _SECRET.fullmatch(name_or_arn)
        arn = named["arn"] if named else name_or_arn
        rest: str = (named["rest"] or "") if named else ""
        failed = f"failed to fetch secret {arn} from secrets manager: "
        region, account = (
            (named["region"], named["account"]) if named else (self._region, self._account)
        )
        secrets = self._backend("secretsmanager", region, account)
        secret = secrets.secrets.get(arn) if secrets else None
        if secret is None:
            raise Unavailable(failed + UNKNOWN)
        if secret.is_deleted():
            raise Unavailable(failed + DELETED)
        key, stage, version, *_ = [*rest.split(":"), "", "", ""]
        found = _version(secret, stage or "AWSCURRENT", version)
        if found is None or (stage and stage not in found["version_stages"]):
            label = (
                f"VersionId: {version}" if version else f"staging label: {stage or 'AWSCURRENT'}"
            )
            raise Unavailable(
                f"{failed}ResourceNotFoundException: Secrets Manager can't find the specified "
                f"secret value for {label}"
            )
        if key:
            _check_key(found.get("secret_string", ""), key)

    def _read_parameter(self, name: str, region: str, account: str, value_from: str) -> None:
        parameters = self._backend("ssm", region, account)
        # The ARN of a parameter without a path has no second slash: parameter/name for
        # name, parameter/path/name for /path/name.
        names = {name, name.removeprefix("/")} if value_from.startswith("arn:") else {name}
        if parameters is None or not parameters.get_parameters(sorted(names)):
            raise Unavailable(f"invalid ssm parameters: {value_from}")

    def _backend(self, service: str, region: str, account: str) -> Any:
        """A service of this account; None for any other account or
        region, where the lab holds nothing.
        """
        try:
            return backend(service, account, region) if account == self._account else None
        except KeyError:
            return None


def _version(secret: Any, stage: str, version: str) -> dict[str, Any] | None:
    """The version asked for, when it has a value."""
    named = [secret.versions[version]] if version in secret.versions else []
    staged = [v for v in secret.versions.values() if stage in v["version_stages"]]
    return next(
        (
            v
            for v in (named if version else staged)
            if {"secret_string", "secret_binary"} & v.keys()
        ),
        None,
    )


def _check_key(secret: str, key: str) -> None:
    try:
        values = json.loads(secret)
    except (ValueError, RecursionError):
        raise Unavailable(
            f"invalid character '{secret[:1]}' looking for beginning of value"
        ) from None
    if not isinstance(values, dict) or key not in values:
        raise Unavailable(f"retrieved secret from Secrets Manager did not contain json key {key}")
