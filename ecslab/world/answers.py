"""What a program answers to a load balancer's health check, and when that changes."""

from dataclasses import dataclass, replace

from ecslab.world.images import Behaviour

NOT_READY, NOT_FOUND = 503, 404  # HTTP: Service Unavailable, Not Found


@dataclass(frozen=True, slots=True)
class Answer:
    """What comes back: an HTTP status after so many seconds, or no connection at all."""

    status: int | None
    in_s: float = 0.0


REFUSED = Answer(None)


def answers(behaviour: Behaviour, path: str, port: int) -> list[tuple[float, Answer]]:
    """What a GET of this path on this port of the container gets, as (seconds after
    the container started, from then on).

    Nobody listens before `answers_after`. While the program is not healthy (before
    `healthy_after`, from `unhealthy_after` on) it answers 503 (pedagogical). The first entry
    is at 0 and no two neighbours are the same.
    """
    if behaviour.listens_on not in {None, port}:
        return [(0.0, REFUSED)]
    well = behaviour.answers if behaviour.health_path in {"", path} else NOT_FOUND
    edges = {0.0, behaviour.answers_after, behaviour.healthy_after, behaviour.unhealthy_after}
    found: list[tuple[float, Answer]] = []
    for from_s in sorted(edge for edge in edges if edge is not None):
        if from_s < behaviour.answers_after:
            answer = REFUSED
        else:
            answer = Answer(
                well if _healthy(behaviour, from_s) else NOT_READY, behaviour.answers_in
            )
        if not found or found[-1][1] != answer:
            found.append((from_s, answer))
    return found


def answer_now(behaviour: Behaviour, port: int, ran_s: float) -> tuple[Answer, float | None]:
    """What a client, who is no health check, gets so long after the container
    started, and when that changes next.
    """
    image = replace(behaviour, health_path="") if behaviour.health_path else behaviour
    current = REFUSED
    for from_s, answer in answers(image, "/", port):
        if from_s > ran_s:
            return current, from_s
        current = answer
    return current, None


def _healthy(behaviour: Behaviour, at_s: float) -> bool:
    begins, ends = behaviour.healthy_after, behaviour.unhealthy_after
    return begins is not None and begins <= at_s and (ends is None or at_s < ends)
