"""A container's secrets must be there to be read: in Secrets Manager or in SSM."""

import json

import pytest

from ecslab.ecs.ports import Unavailable

UNKNOWN = "ResourceNotFoundException: Secrets Manager can't find the specified secret."


@pytest.fixture
def secrets(lab):
    """Secrets Manager and SSM, as the control plane sees them."""
    return lab.plane().neighbours.secrets


@pytest.fixture
def asm(lab):
    """Secrets Manager, as a learner sees it."""
    return lab.client("secretsmanager")


def why(secrets, value_from):
    """The reason for which a secret cannot be read."""
    with pytest.raises(Unavailable) as failure:
        secrets.read(value_from)
    return str(failure.value)


@pytest.mark.parametrize(
    "suffix", ["", ":user::", "::AWSCURRENT:", ":user:AWSCURRENT:", "::AWSPREVIOUS:"]
)
def test_a_secret_is_read_by_arn_key_and_stage(secrets, asm, suffix):
    """valueFrom: the ARN, then :json-key:version-stage:version-id, each of
    which may be empty (facts, section 16).
    """
    arn = asm.create_secret(Name="db", SecretString=json.dumps({"user": "u"}))["ARN"]
    asm.put_secret_value(SecretId=arn, SecretString=json.dumps({"user": "v"}))
    secrets.read(arn + suffix)


def test_a_secret_is_read_by_version(secrets, asm):
    """The last part of valueFrom."""
    made = asm.create_secret(Name="db", SecretString="x")
    secrets.read(f"{made['ARN']}:::{made['VersionId']}")
    assert why(secrets, f"{made['ARN']}:::0000").endswith(
        "the specified secret value for VersionId: 0000"
    )


def test_a_secret_that_does_not_exist_fails_in_the_stores_words(lab, secrets):
    """No such name, another account, a region that AWS does not have."""
    for where in (f"us-east-1:{lab.account}", "us-east-1:210987654321", f"mars-1:{lab.account}"):
        arn = f"arn:aws:secretsmanager:{where}:secret:db-AbCdEf"
        assert (
            why(secrets, arn + ":user::")
            == f"failed to fetch secret {arn} from secrets manager: {UNKNOWN}"
        )


def test_a_secret_that_was_deleted_or_has_no_value_cannot_be_read(secrets, asm):
    """Secrets Manager's own reasons."""
    empty = asm.create_secret(Name="empty")["ARN"]
    assert why(secrets, empty).endswith(
        "can't find the specified secret value for staging label: AWSCURRENT"
    )
    deleted = asm.create_secret(Name="deleted", SecretString="x")["ARN"]
    asm.delete_secret(SecretId=deleted)
    assert "because it was marked for deletion" in why(secrets, deleted)


def test_a_key_must_be_in_the_secrets_json(secrets, asm):
    """A missing key, and a secret that is not JSON."""
    arn = asm.create_secret(Name="db", SecretString=json.dumps({"user": "u"}))["ARN"]
    assert (
        why(secrets, arn + ":pass::")
        == "retrieved secret from Secrets Manager did not contain json key pass"
    )
    plain = asm.create_secret(Name="plain", SecretString="hunter2")["ARN"]
    assert why(secrets, plain + ":user::") == "invalid character 'h' looking for beginning of value"


def test_a_parameter_is_read_by_name_and_by_arn(lab, secrets):
    """With and without a path; a parameter's ARN has one slash before its
    name either way (facts, section 16).
    """
    ssm = lab.client("ssm")
    for name in ("plain", "/shop/db/password"):
        ssm.put_parameter(Name=name, Value="x", Type="SecureString")
        secrets.read(name)
        secrets.read(ssm.get_parameter(Name=name)["Parameter"]["ARN"])


def test_a_parameter_that_does_not_exist_fails_in_the_stores_words(lab, secrets):
    """Fargate repeats the valueFrom."""
    for name in (
        "/shop/none",
        f"arn:aws:ssm:us-east-1:{lab.account}:parameter/none",
        "arn:aws:ssm:us-east-1:210987654321:parameter/none",
    ):
        assert why(secrets, name) == f"invalid ssm parameters: {name}"


def test_credentials_of_a_registry_are_a_secret_by_name_or_arn(secrets, asm):
    """BC:RepositoryCredentials: the name will do in the same Region; a parameter will not."""
    made = asm.create_secret(Name="registry", SecretString="{}")
    secrets.read_secret("registry")
    secrets.read_secret(made["ARN"])
    with pytest.raises(
        Unavailable, match=f"failed to fetch secret nobody from secrets manager: {UNKNOWN}"
    ):
        secrets.read_secret("nobody")
