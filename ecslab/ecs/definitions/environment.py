"""Environment variables, files of them, and secrets (facts, section 16)."""

import re

from ecslab.ecs.definitions.draft import Draft, Json, Rule, for_each_container

MOST_FILES = 10  # facts, section 15

_SECRET = re.compile(r"arn:aws[\w-]*:secretsmanager:[\w-]+:\d{12}:secret:.+")
_PARAMETER = re.compile(r"arn:aws[\w-]*:ssm:[\w-]+:(\d{12}):parameter/.+")
_PARAMETER_NAME = re.compile(r"[A-Za-z0-9_.,/-]{1,2048}")
_OBJECT = re.compile(r"arn:aws[\w-]*:s3:::[^/]+/.+")


@for_each_container
def named_variables(_: Draft, container: Json) -> str | None:
    """Every variable has a name; the wording is ours, in the form of the others."""
    if all(variable.get("name") for variable in container.get("environment", [])):
        return None
    return "Environment variable name should not be null or empty."


@for_each_container
def secrets_need_a_role(draft: Draft, container: Json) -> str | None:
    """Somebody must be allowed to read them (facts, section 17)."""
    asked = container.get("secrets") or container.get("logConfiguration", {}).get("secretOptions")
    if not asked or draft.request.get("executionRoleArn"):
        return None
    return (
        "When you are specifying container secrets, you must also specify a value for "
        "'executionRoleArn'."
    )


@for_each_container
def distinct_secrets(_: Draft, container: Json) -> str | None:
    """A secret becomes a variable, so its name is used once; text in many public threads."""
    taken = {variable["name"] for variable in container.get("environment", [])}
    for secret in container.get("secrets", []):
        if secret["name"] in taken:
            return (
                "The secret name must be unique and not shared with any new or existing "
                f"environment variables set on the container, such as '{secret['name']}'."
            )
        taken.add(secret["name"])
    return None


@for_each_container
def secret_sources(draft: Draft, container: Json) -> str | None:
    """A Secrets Manager ARN, or a parameter's ARN or name; text on accounts observed by
    cdk-preflight, on names in public threads.
    """
    for secret in [
        *container.get("secrets", []),
        *container.get("logConfiguration", {}).get("secretOptions", []),
    ]:
        source = secret["valueFrom"]
        if parameter := _PARAMETER.fullmatch(source):
            if parameter[1] != draft.account:
                return (
                    "The Systems Manager parameter ARN has a different account ID than the "
                    f"current account. The current account ID is {draft.account} and the ARN "
                    f"account ID is {parameter[1]}. Cross-account access for ARNs is not "
                    "currently supported."
                )
        elif not (_SECRET.fullmatch(source) or _PARAMETER_NAME.fullmatch(source)):
            return (
                f"The Systems Manager parameter name specified for secret {secret['name']} is "
                "invalid. The parameter name can be up to 2048 characters and include the "
                "following letters and symbols: a-zA-Z0-9_.-,"
            )
    return None


@for_each_container
def environment_files(_: Draft, container: Json) -> str | None:
    """Ten S3 objects that end in .env; texts observed by cdk-preflight
    (pf-ecs-environment-files-*), the ending's is ours.
    """
    files = container.get("environmentFiles", [])
    if len(files) > MOST_FILES:
        return (
            "The maximum number of environment files was exceeded. Specify ten or less and "
            "try again."
        )
    if not all(_OBJECT.fullmatch(file["value"]) for file in files):
        return "Invalid arn syntax."
    if not all(file["value"].endswith(".env") for file in files):
        return "The environment file must have the file extension .env."
    return None


@for_each_container
def registry_credentials_need_a_role(draft: Draft, container: Json) -> str | None:
    """Facts, section 16: the execution role reads them; the wording is
    ours, after the one for secrets.
    """
    if not container.get("repositoryCredentials") or draft.request.get("executionRoleArn"):
        return None
    return (
        "When you are specifying repository credentials, you must also specify a value for "
        "'executionRoleArn'."
    )


RULES: tuple[Rule, ...] = (
    *(named_variables, secrets_need_a_role, distinct_secrets, secret_sources),
    *(environment_files, registry_credentials_need_a_role),
)
