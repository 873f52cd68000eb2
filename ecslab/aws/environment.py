"""The only place that changes the environment variables: what programs
started while a lab is open inherit.
"""

import os

FAKE_KEY = "ECSLABFAKECREDENTIAL"  # 20 characters: the form in which moto looks for a key
FAKE_SECRET = "no-request-of-a-lab-reaches-aws"  # noqa: S105 - a made-up one

# By botocore, boto3, moto and AWS's other SDKs.
_LISTENED_TO = "AWS_", "MOTO_", "BOTO_", "TEST_SERVER_MODE", "TEST_PROXY_MODE"
_PROXY_EXCEPTIONS = ("NO_PROXY", "no_proxy")
_THIS_MACHINE = "localhost,127.0.0.1,::1"

# What makes the AWS CLI and the SDKs work without a configuration, and read none;
# a region and an endpoint come to it.
UNCONFIGURED = {
    "AWS_ACCESS_KEY_ID": FAKE_KEY,
    "AWS_SECRET_ACCESS_KEY": FAKE_SECRET,
    "AWS_CONFIG_FILE": os.devnull,
    "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
    "AWS_EC2_METADATA_DISABLED": "true",
    "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS": "false",
    "AWS_PAGER": "",
}


class Environment:
    """Changes to `os.environ`, and what it was before; what somebody else
    changes meanwhile stays as they leave it.
    """

    def __init__(self) -> None:
        self._before: dict[str, str | None] = {}
        self._ours: dict[str, str | None] = {}

    def enter(self) -> None:
        """Put out of sight what could lead to a real account, a real endpoint
        or a proxy: nothing of it is read.
        """
        for name in [n for n in os.environ if n.startswith(_LISTENED_TO)]:
            self.put(name, None)
        for name in _PROXY_EXCEPTIONS:
            self.put(name, ",".join(filter(None, (os.environ.get(name), _THIS_MACHINE))))
        for name, value in UNCONFIGURED.items():
            self.put(name, value)

    def put(self, name: str, value: str | None) -> None:
        """Set a variable, or take it away."""
        now = os.environ.get(name)
        if name not in self._ours or now != self._ours[name]:
            self._before[name] = now
        self._ours[name] = value
        _write(name, value)

    def leave(self) -> None:
        """Put back what is still as it was put."""
        for name, value in self._ours.items():
            if os.environ.get(name) == value:
                _write(name, self._before[name])
        self._before.clear()
        self._ours.clear()


def _write(name: str, value: str | None) -> None:
    if value is None:
        os.environ.pop(name, None)
    else:
        os.environ[name] = value
