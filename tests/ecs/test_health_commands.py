import pytest

from ecslab.ecs.tasks.health import verdicts
from ecslab.world.health_commands import Asks, asks
from ecslab.world.images import Behaviour, annotations, behaviour

PASSES, FAILS, PROGRAM = Asks.PASSES, Asks.FAILS, Asks.PROGRAM
SHELL = [
    ("exit 0", PASSES),
    ("true", PASSES),
    (" /bin/true ", PASSES),
    (":", PASSES),
    ("exit 1", FAILS),
    ("exit 256", PASSES),
    ("false", FAILS),
    ("curl -f http://localhost/ || exit 0", PASSES),
    ("curl -f http://localhost/ || true", PASSES),
    ("curl -f http://localhost/; exit 0", PASSES),
    ("curl -f http://localhost/ && exit 1", FAILS),
    ("true && curl -f http://localhost/", PROGRAM),
    ("false || curl -f http://localhost/", PROGRAM),
    ("curl -f http://localhost/ || exit 1", PROGRAM),
    ("curl -f http://localhost || exit 1;", PROGRAM),
    ("curl -f 'http://localhost/?a;b' > /dev/null 2>&1 || exit 1", PROGRAM),
    ("curl localhost", PROGRAM),
    ("curl http://127.0.0.1:80/health", PROGRAM),
    ("curl -f http://[::1]:80/", PROGRAM),
    ("curl -f http://localhost:8080/ || exit 1", FAILS),
    ("curl -f https://localhost/ || exit 1", FAILS),
    ("curl localhost:8080 || exit 1", FAILS),
    ("/usr/bin/wget -q --spider http://127.0.0.1:3000/ || exit 1", FAILS),
    ("wget -qO- http://0.0.0.0:8080/ || exit 1", FAILS),
    ("curl -f http://[::1]:8080/", FAILS),
    ("curl -f http://localhost:8080/ || curl -f http://localhost/", PROGRAM),
    ("curl -f http://localhost:$PORT/ || exit 1", PROGRAM),
    ("curl -f http://elsewhere.example:8080/", PROGRAM),
    ("curl http://localhost:8080/ | grep ok", PROGRAM),
    ("curl -f http://localhost/ | true", PASSES),
    ("curl -f 'http://localhost", PROGRAM),
    ("pg_isready -U postgres", PROGRAM),
    ("", PROGRAM),
]
PROGRAMS = [
    (["true"], PASSES),
    (["false"], FAILS),
    (["exit", "0"], FAILS),
    (["curl -f http://localhost/ || exit 1"], FAILS),
    (["curl -f http://localhost/", "||", "exit", "1"], FAILS),
    (["curl", "-f", "http://localhost/", "||", "exit", "1"], FAILS),
    (["curl", "-f", "http://localhost/"], PROGRAM),
    (["curl", "-f", "http://localhost:8080/"], FAILS),
    (["sh", "-c", "exit 0"], PASSES),
    (["/bin/sh", "-c", "curl -f http://localhost/ || exit 1"], PROGRAM),
    (["healthy"], PROGRAM),
    (["/app/check", "--port", "8080"], PROGRAM),
]


@pytest.mark.parametrize(("line", "answer"), SHELL)
def test_a_line_for_the_shell_asks_what_it_would_ask(line, answer):
    """The last command that runs decides (the shell's own
    rules); the program listens on port 80.
    """
    assert asks(["CMD-SHELL", line], 80) is answer


@pytest.mark.parametrize(("words", "answer"), PROGRAMS)
def test_a_program_is_called_by_its_first_word(words, answer):
    """CMD runs the words as they are, without a shell (facts, section 1.3)."""
    assert asks(["CMD", *words], 80) is answer


def test_an_image_that_says_nothing_listens_everywhere():
    """So that no health check of a plain image fails for a reason nobody can see."""
    assert asks(["CMD-SHELL", "curl -f http://localhost:8080/"], None) is PROGRAM


@pytest.mark.parametrize(
    ("command", "story"),
    [
        ("exit 0", [(30_000, "HEALTHY")]),
        ("exit 1", [(90_000, "UNHEALTHY")]),
        ("curl -f http://localhost:8080/ || exit 1", [(90_000, "UNHEALTHY")]),
        ("curl -f http://localhost/ || exit 1", [(30_000, "HEALTHY"), (180_000, "UNHEALTHY")]),
    ],
)
def test_a_verdict_is_about_what_the_command_asks(command, story):
    """Three failures, thirty seconds apart, make a container UNHEALTHY (facts, section 1.3)."""
    image = Behaviour(healthy_after=5, unhealthy_after=100, listens_on=80)
    assert verdicts({"command": ["CMD-SHELL", command]}, image) == story


def test_the_port_travels_with_the_image():
    """As an annotation, like everything else about it."""
    image = Behaviour(listens_on=8080)
    assert annotations(image) == {"ecslab.listens-on": "8080"}
    assert behaviour(annotations(image)) == image
