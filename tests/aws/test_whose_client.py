"""Whose account a client talks to that nobody made for a lab in particular: threads,
tasks and pools, each with labs of its own.
"""

import asyncio
import contextvars
import threading
from concurrent.futures import ThreadPoolExecutor
from io import BytesIO

import boto3
from boto3.s3.transfer import TransferConfig

from ecslab import Lab

NUMBERS = ("111111111111", "222222222222", "333333333333")


def whose(client=None):
    """The account that answers a plain client."""
    client = client or boto3.client("sts", region_name="us-east-1")
    return client.get_caller_identity()["Account"]


def test_threads_that_open_labs_of_their_own_talk_to_their_own():
    """Whichever thread was last to open one; once it is closed, to the one
    opened last of those that are left.
    """
    all_open, all_asked = threading.Barrier(len(NUMBERS)), threading.Barrier(len(NUMBERS))

    def work(number):
        with Lab(account=number):
            all_open.wait(30)
            client = boto3.client("sts", region_name="us-east-1")
            seen = [whose(client), whose()]
            with Lab() as inner:
                seen.append(whose(client) == inner.account)
            seen.append(whose(client))
            all_asked.wait(30)
        return seen

    with ThreadPoolExecutor(len(NUMBERS)) as pool:
        told = list(pool.map(work, NUMBERS))
    assert told == [[number, number, True, number] for number in NUMBERS]


def test_tasks_that_open_labs_of_their_own_talk_to_their_own():
    """Also where they let others work in between, and in the threads
    that `asyncio.to_thread` takes.
    """

    async def work(number):
        with Lab(account=number):
            await asyncio.sleep(0)
            seen = [whose()]
            await asyncio.sleep(0)
            return [*seen, await asyncio.to_thread(whose)]

    async def all_at_once():
        return await asyncio.gather(*map(work, NUMBERS))

    assert asyncio.run(all_at_once()) == [[number, number] for number in NUMBERS]


def test_a_lab_that_a_task_opened_is_for_the_thread_once_the_task_is_over():
    """A notebook's cell that awaits something is a task, and so is a fixture: what
    comes after talks to the lab opened last.
    """

    async def open_one(number):
        await asyncio.sleep(0)
        lab = Lab(account=number)
        return lab, whose()

    async def cells():
        with Lab(account=NUMBERS[0]):
            lab, seen = await asyncio.create_task(open_one(NUMBERS[1]))
            with lab:
                return [seen, whose()]

    assert asyncio.run(cells()) == [NUMBERS[1], NUMBERS[1]]


def test_a_thread_that_opened_none_talks_to_the_lab_of_its_client_or_of_its_context_or_the_last():
    """A client made while another lab was the nearest stays with it there; a
    copied context takes its own lab along.
    """
    with Lab(account=NUMBERS[0]), ThreadPoolExecutor(1) as pool:
        of_first = boto3.client("sts", region_name="us-east-1")
        context = contextvars.copy_context()
        with Lab(account=NUMBERS[1]):
            assert whose(of_first) == NUMBERS[1]  # here, the lab opened last
            assert pool.submit(whose).result() == NUMBERS[1]
            assert pool.submit(whose, of_first).result() == NUMBERS[0]
            assert pool.submit(context.run, whose).result() == NUMBERS[0]
        assert whose(of_first) == NUMBERS[0]


def test_an_upload_s_own_threads_stay_in_the_lab_of_its_client():
    """They are S3's, and no context of the caller's reaches them."""
    ready, done = threading.Event(), threading.Event()

    def other():
        with Lab(account=NUMBERS[1]):
            ready.set()
            done.wait(30)

    with Lab(account=NUMBERS[0]) as lab, ThreadPoolExecutor(1) as pool:
        s3 = boto3.client("s3", region_name="us-east-1")
        s3.create_bucket(Bucket="box")
        elsewhere = pool.submit(other)
        ready.wait(30)
        small = TransferConfig(multipart_threshold=5 << 20, multipart_chunksize=5 << 20)
        s3.upload_fileobj(BytesIO(bytes(11 << 20)), "box", "big", Config=small)
        done.set()
        elsewhere.result()
        assert lab.client("s3").head_object(Bucket="box", Key="big")["ContentLength"] == 11 << 20


def test_a_closed_lab_is_not_kept_by_the_contexts_that_knew_it():
    """A task that goes on for ever holds nothing of it."""
    import gc
    from weakref import ref

    lab = Lab()
    context, account = contextvars.copy_context(), ref(lab._account)
    plain = boto3.client("sts")
    lab.close()
    del lab
    gc.collect()
    assert (account(), context is not None, plain is not None) == (None, True, True)
