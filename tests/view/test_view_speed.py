import time

import pytest
import stories

from ecslab.view.show import show


@pytest.mark.bench
def test_a_thousand_tasks_are_drawn_in_half_a_second():
    """A learner does not wait for a picture, whatever its size."""
    timeline = stories.crowd(1000)
    began = time.process_time()  # the machine may be busy with other tests
    show(timeline)._repr_mimebundle_()
    took = time.process_time() - began
    print(f"1,000 tasks, {len(timeline):,} events: {took * 1000:.0f} ms")
    assert took < 0.5
