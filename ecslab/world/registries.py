"""Registries: where an image's name leads, and in which accounts AWS keeps images of its
own, which need no repository of one's own.
"""

from dataclasses import dataclass

# Images for FireLens (DG:using_firelens, github.com/aws/aws-for-fluent-bit), Envoy (App Mesh user
# guide, Envoy image) and Deep Learning Containers (its list of images, aws/sagemaker-python-sdk);
# most Regions share the first account of each row.
AWS_ACCOUNTS: dict[str, str] = {
    account: image
    for image, accounts in {
        "aws-for-fluent-bit": "906394416424 161423150738 449074385750 741863432321 928143927712",
        "aws-appmesh-envoy": (
            "840364872350 772975370895 856666278305 909464085924 422531588944 564877687649 "
            "924023996002"
        ),
        "AWS Deep Learning Containers": (
            "763104351884 626614931356 871362719292 975050140332 364406365360 772153158452 "
            "907027046896 457447274322 550225433462 633930458069 590183813437 204538143572 "
            "380420809688 692866216735 503227376785 780543022126 914824155844 217643126080 "
            "637423239942 446045086412 442386744353"
        ),
    }.items()
    for account in accounts.split()
}


@dataclass(frozen=True, slots=True)
class Located:
    """An image's name in full: the registry's host, the repository's
    name there, and a tag or a digest.
    """

    host: str
    name: str
    reference: str

    @property
    def text(self) -> str:
        """The name as registries print it: docker.io/library/nginx:latest."""
        return f"{self.host}/{self.name}{'@' if ':' in self.reference else ':'}{self.reference}"


def located(image: str) -> Located:
    """Complete an image's name as Docker does: docker.io where no host is named,
    library/ for its official images, latest.
    """
    path, _, digest = image.partition("@")
    host, slash, rest = path.partition("/")
    if not slash or not ({".", ":"} & set(host) or host == "localhost"):
        host, rest = "docker.io", path
    folder, slash, last = rest.rpartition("/")
    last, _, tag = last.partition(":")
    name = f"{folder}{slash}{last}"
    if host == "docker.io" and not folder:
        name = f"library/{last}"
    return Located(host, name, digest or tag or "latest")
