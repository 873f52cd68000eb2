"""Whatever the lab says for a reader can be said in another language: no sentence is put
together from pieces that no translator would see.
"""

import ast
import copy
import pickle
import string
from pathlib import Path

import pytest
from pseudo_language import PseudoLanguage, left, wide

from ecslab import Lab, LabError
from ecslab.billing.prices import priced_instance
from ecslab.course.catalogue import check, hint
from ecslab.ground.errors import LabError as Raised
from ecslab.ground.text import Listed, Text
from ecslab.sweep import sweep
from ecslab.view.calls import calls
from ecslab.view.cost import cost
from ecslab.view.instances import instances
from ecslab.view.instances_why import why_there
from ecslab.view.rollout import releases, rollout
from ecslab.view.show import show
from ecslab.world.traffic import daily, replay

SOURCES = Path(__file__).parents[1] / "ecslab"
PARSED = {file: ast.parse(file.read_text("utf-8")) for file in sorted(SOURCES.rglob("*.py"))}


def calls_of(name):
    """Every call of something by a name, with the file that it is in."""
    return [
        (file, node)
        for file, tree in PARSED.items()
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == name
    ]


def where(file, node):
    """A place, for whoever has to mend it."""
    return f"{file.relative_to(SOURCES)}:{node.lineno}"


def words_of(node):
    """What is written out in an expression."""
    return "".join(
        c.value for c in ast.walk(node) if isinstance(c, ast.Constant) and isinstance(c.value, str)
    )


def pieces(node):
    """What a value may be: the ends of `a if b else c` and of `a or b`."""
    if isinstance(node, ast.IfExp):
        return pieces(node.body) + pieces(node.orelse)
    if isinstance(node, ast.BoolOp):
        return [piece for value in node.values for piece in pieces(value)]
    return [node]


GLUED = (ast.JoinedStr, ast.BinOp, ast.Constant)


def test_no_lab_error_is_put_together_from_pieces():
    """An f-string has lost its blanks before anybody can translate it. (That the rest is a
    Text, and no plain string, is a matter of types.) A remark beside a line of code is words.
    """
    found = calls_of("LabError")
    assert len(found) > 70
    wrong = [
        where(file, call)
        for file, call in found
        if any(isinstance(piece, GLUED) for piece in pieces(call.args[0]))
        or any(
            isinstance(piece, GLUED) and "# " in words_of(piece)
            for line in call.keywords
            for piece in pieces(line.value)
        )
    ]
    assert wrong == []


LITERAL = [
    (file, call)
    for file, call in calls_of("Text")
    if call.args and isinstance(call.args[0], ast.Constant)
]


def test_every_sentence_is_written_out_with_its_blanks():
    """What is looked up in a catalogue is what stands in the code, word for word."""
    glued = [
        where(file, call)
        for file, call in calls_of("Text")
        if call.args and isinstance(call.args[0], ast.JoinedStr | ast.BinOp)
    ]
    assert glued == []
    assert len(LITERAL) > 150


@pytest.mark.parametrize("language", [{}, PseudoLanguage()], ids=["English", "the pseudo-language"])
def test_every_sentence_can_be_filled_in_every_language(language):
    """Its blanks are those that the code fills, and nothing of it is left out."""
    for file, call in LITERAL:
        sentence = call.args[0].value
        blanks = {name for _, name, _, _ in string.Formatter().parse(sentence) if name is not None}
        given = {keyword.arg for keyword in call.keywords}
        assert None in given or blanks == given, where(file, call)
        said = Text(sentence, **dict.fromkeys(blanks, 7))
        if isinstance(language, PseudoLanguage):
            assert left(said.read(language)) == set(), where(file, call)
        else:
            assert said.read(language) == said == sentence.format_map(dict.fromkeys(blanks, 7))


def test_the_pseudo_language_changes_words_and_nothing_else():
    """Otherwise what the other tests find left would say nothing."""
    text = Text("{count:,} of {{them}}: {what!r}", count=1200, what="web")
    assert text == "1,200 of {them}: 'web'"
    assert wide(text.sentence) == "{count:,} ｏｆ {{ｔｈｅｍ}}: {what!r}"
    assert text.read(PseudoLanguage()) == "1,200 ｏｆ {ｔｈｅｍ}: 'web'"
    either = Listed(Text(" or "), ["a", Text("nothing")])
    assert (either, either.read(PseudoLanguage())) == ("a or nothing", "a ｏｒ ｎｏｔｈｉｎｇ")


def closed(_):
    """Use a lab that is over."""
    with Lab(account="111122223333") as other:
        pass
    other.advance(1)


def unsettled(lab):
    """A cluster's only task waits for its image longer than anybody waits for it."""
    lab.until(lambda: False, timeout="2s")


def unrest(lab):
    """Wait less long than a task takes to start."""
    network = {"awsvpcConfiguration": {"subnets": [subnet_of(lab)]}}
    ecs = lab.client("ecs")
    ecs.create_cluster()
    container = {"name": "app", "image": "public.ecr.aws/nginx/nginx:1"}
    ecs.register_task_definition(
        family="web", requiresCompatibilities=["FARGATE"], networkMode="awsvpc", cpu="256",
        memory="512", containerDefinitions=[container],
    )  # fmt: skip
    ecs.run_task(taskDefinition="web", launchType="FARGATE", networkConfiguration=network)
    lab.settle("1s")


def subnet_of(lab):
    """One of the default VPC's."""
    return lab.client("ec2").describe_subnets()["Subnets"][0]["SubnetId"]


def priceless(_):
    """Ask what a machine costs where the sample knows no price."""
    priced_instance("m5.gigantic", "eu-central-1")


# What is done, and all that is left of the first lines in English: names, numbers' units and what
# the reader wrote.
MISUSES = {
    "a length of time": (lambda lab: lab.advance("soon"), {"soon"}),
    "time back": (lambda lab: lab.advance(-1), set()),
    "a region": (lambda _: Lab(region="us-east-9"), {"us", "east", "west"}),
    "an account": (lambda _: Lab(account="12"), set()),
    "two labs": (lambda lab: Lab(account=lab.account), set()),
    "a seed": (lambda _: Lab(seed=1.5), set()),
    "reach": (lambda _: Lab(reach="far"), {"far", "aws", "open"}),
    "a start": (lambda _: Lab(start="noon"), {"noon"}),
    "how many to keep": (lambda _: Lab(keep_events=1), {"keep", "events"}),
    "a closed lab": (closed, set()),
    "a copy": (copy.deepcopy, set()),
    "a condition": (lambda lab: lab.until(1), set()),
    "it never came": (unsettled, {"s"}),
    "it never settled": (unrest, {"task", "PROVISIONING", "s"}),
    "a Lambda function": (lambda lab: lab.lambda_function("check", 1), set()),
    "a URL": (lambda lab: lab.call(None, "orders"), {"orders"}),
    "a service that calls": (lambda lab: lab.call("web", "http://orders"), {"web"}),
    "a probe": (lambda lab: lab.probe(None, "http://orders", every=0), set()),
    "a goal of traffic": (lambda lab: lab.traffic("nowhere", 5), {"nowhere"}),
    "a shape of traffic": (lambda lab: lab.traffic("nowhere", "much"), {"much"}),
    "a rate": (lambda _: daily("few", 5), {"few"}),
    "a time of day": (lambda _: daily(1, 5, peak="noon"), {"noon"}),
    "a replay": (lambda _: replay([]), set()),
    "a row": (lambda _: replay([("now", "many")]), {"now", "many"}),
    "no Spot task": (lambda lab: lab.interrupt_spot(), set()),
    "another task": (lambda lab: lab.interrupt_spot("t"), {"t", "us", "east"}),
    "an image": (lambda lab: lab.images.push("Web!"), {"Web"}),
    "two exits": (lambda lab: lab.images.push("web", crashes_after=1, exits_after=1), set()),
    "a whole number": (lambda lab: lab.images.push("web", listens_on=0.5), {"listens", "on"}),
    "seconds": (lambda lab: lab.images.push("web", exits_after="x"), {"exits", "after", "x"}),
    "a clock": (
        lambda lab: lab.serve(clock="mine"),
        {"mine", "manual", "settle", "paced"},
    ),
    "a speed": (lambda lab: lab.serve(speed=0), set()),
    "a port": (lambda lab: lab.serve(port=-1), set()),
    "a kind of event": (lambda lab: lab.timeline.where(kind="zzz"), {"zzz"}),
    "a near kind": (
        lambda lab: lab.timeline.where(kind="startd"),
        {"startd", "started", "restarted", "steady"},
    ),
    "a subject": (lambda lab: lab.timeline.of("task/1"), {"task"}),
    "a service": (lambda lab: rollout(lab, "web"), {"web"}),
    "a bill": (lambda lab: lab.cost().of("task/1"), {"task"}),
    "a price": (priceless, {"m", "gigantic", "eu", "central"}),
    "a picture's source": (lambda _: show(7), {"int"}),
    "a cost's source": (lambda _: cost(7), {"int"}),
    "a point in time": (lambda lab: show(lab, since="soon"), {"soon"}),
    "no stretch of time": (lambda lab: show(lab, since="5m", until="2m"), {"s"}),
    "a task": (lambda lab: why_there(lab, "task/1"), {"task"}),
    "a time to come": (lambda lab: instances(lab, at="5m"), {"s"}),
    "a cluster": (lambda lab: instances(lab, "shop"), {"shop", "us", "east"}),
    "no flow": (lambda _: releases(a=7), {"int"}),
    "no request": (lambda _: releases(), set()),
    "no probe": (lambda _: calls(7), {"int"}),
    "no call": (lambda _: calls(), set()),
    "policies": (lambda _: sweep(len, [1]), {"list"}),
    "a question": (lambda _: check("01-deploi"), {"deploi", "deploy", "heal", "repair"}),
    "an answer": (lambda _: check("01-deploy", 1), {"deploy"}),
    "a hint": (lambda _: hint("01-deploy", 99), {"deploy"}),
}


@pytest.mark.parametrize("misuse", MISUSES)
def test_a_lab_error_reads_in_another_language(misuse):
    """Nothing is left in English but names, numbers and what the reader wrote."""
    does, names = MISUSES[misuse]
    with Lab() as lab, pytest.raises(LabError) as caught:
        does(lab)
    text = caught.value.text
    assert isinstance(text, Text)
    assert str(caught.value) == text
    said = text.read(PseudoLanguage()).partition("\n")[0]
    assert said != text.partition("\n")[0]
    assert left(said) == names


def test_the_labels_of_the_lines_below_are_translated_and_code_is_not():
    """A line of code is the same everywhere; a remark beside it is not."""
    error = Raised(
        Text("it is {what}.", what="so"), wrong="lab.f(1)", right=Text("lab.g()   # or not")
    )
    assert str(error) == "it is so.\n    wrong:  lab.f(1)\n    right:  lab.g()   # or not"
    german = {
        "it is {what}.": "es ist {what}.",
        "    wrong:  {line}": "    falsch:   {line}",
        "    right:  {line}": "    richtig:  {line}",
        "lab.g()   # or not": "lab.g()   # oder nicht",
    }
    told = "es ist so.\n    falsch:   lab.f(1)\n    richtig:  lab.g()   # oder nicht"
    assert error.text.read(german) == told
    again = pickle.loads(pickle.dumps(error))
    assert (str(again), again.text.read(german)) == (str(error), told)


def test_what_a_check_says_is_not_put_together_from_pieces():
    """What a gap expected, what came, and what a promise says: facts go into blanks."""
    wrong = [
        where(file, call)
        for name, arguments in (("Gap", 2), ("always", 1), ("never", 1), ("eventually", 1))
        for file, call in calls_of(name)
        for argument in call.args[:arguments]
        for piece in pieces(argument)
        if isinstance(piece, GLUED)
        and any(word.islower() for word in left(words_of_sentence(piece)))
    ]
    assert wrong == []


def words_of_sentence(node):
    """What is written out in an expression, without what is looked up by a name."""
    values = node.values if isinstance(node, ast.JoinedStr) else [node]
    return "".join(words_of(v) for v in values if not isinstance(v, ast.FormattedValue))
