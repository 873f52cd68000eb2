"""What CodeDeploy allows as a name (BC-cd: the lengths are the model's; the wordings are ours)."""

from ecslab.ground.errors import AwsError

LONGEST = 100  # characters


def check_name(name: str, what: str, code: str) -> None:
    """Raise the error named `code` for a name that is empty or too long."""
    if not 1 <= len(name) <= LONGEST:
        raise AwsError(code, f"The {what} name must have 1 to {LONGEST} characters.")
