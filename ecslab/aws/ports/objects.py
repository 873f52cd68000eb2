"""What ECS asks of moto's S3: whether an object is there."""

from ecslab.aws.ports.backends import backend_in_use
from ecslab.ecs.ports import Unavailable

# S3's answers to HeadObject, which have no text of their own. A key that is not there is a 403 for
# whoever may not list the bucket, and the policy that AWS documents for execution roles does not
# allow it: so in the public capture of missing environment files.
ANSWER = "operation error S3: HeadObject, https response error StatusCode: {}, api error {}"
NO_BUCKET = ANSWER.format(404, "NotFound: Not Found")
NO_KEY = ANSWER.format(403, "Forbidden: Forbidden")


class MotoObjects:
    """Objects in moto's S3; an account that never used S3 does not load it."""

    def __init__(self, account: str) -> None:
        self._account = account

    def read(self, arn: str) -> None:
        """Prove that the object of arn:aws:s3:::bucket/key is there; raises Unavailable."""
        bucket, _, key = arn.rpartition(":::")[2].partition("/")
        storage = backend_in_use("s3", self._account, "aws")
        if storage is None or bucket not in storage.buckets:
            raise Unavailable(NO_BUCKET)
        if storage.get_object(bucket, key) is None:
            raise Unavailable(NO_KEY)
