"""Contract of Rewindable: what is sent arrives, and is read again from an earlier place."""

from pathlib import Path
from typing import Any

from metadrill import clock
from metadrill.ports.queues import Rewindable
from metadrill.testing.contracts.backing import copied
from metadrill.testing.contracts.patience import PATIENCE, a_name, able


class RewindableContract:
    """Fixtures: `stack`, one whose files can be copied and put back too, `tmp_path`."""

    def test_what_was_read_since_a_copy_is_lost_with_the_graph_and_back_once_the_queue_is_read_again(
        self, stack: Any, tmp_path: Path
    ) -> None:
        assert able(stack, Rewindable)
        stack.write(a_name())  # the type of what is sent
        stack.keep_queue()
        stack.open_queue()
        position, files = stack.caught_up(PATIENCE)["read"], copied(stack, tmp_path)
        names = [a_name() for _ in range(3)]
        for name in names:
            stack.send(name)
        _arrive(stack, names)
        at = stack.caught_up(PATIENCE)
        assert at["read"] == at["end"] == position + len(names)
        lost = stack.lose_graph()
        assert lost["queue"] == at and lost["invoked_ns"] <= lost["served_until_ns"]
        assert stack.rewind(position) == {"was": at["read"], "now": position}
        stack.put_files(files)
        assert stack.caught_up(PATIENCE) == at
        _arrive(stack, names)
        stack.settle(PATIENCE)


def _arrive(stack: Any, names: list[str]) -> None:
    clock.wait_until(lambda: stack.arrived(names) == set(names) or None, PATIENCE, "what was sent is there")
