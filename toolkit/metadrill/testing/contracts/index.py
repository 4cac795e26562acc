"""Contracts of IndexFiles, IndexSnapshots and IndexRepair."""

import zlib
from typing import Any

from metadrill.ports import IndexFiles, IndexRepair, IndexSnapshots
from metadrill.testing.contracts.patience import LOOK, PATIENCE, a_name, able, until_found


class IndexFilesContract:
    """Fixtures: `stack`, `index` (the name of one), `a_type`."""

    def test_settled_files_have_stored_fields_and_a_sound_checksum(self, stack: Any, index: str) -> None:
        assert able(stack, IndexFiles)
        stack.consolidate(index)
        segments = stack.segments(index)
        assert any(segment.stored_fields for segment in segments)
        for segment in segments:
            raw = segment.path.read_bytes()
            assert len(raw) == segment.size and segment.path.name == segment.name
            assert int.from_bytes(raw[-8:], "big") == zlib.crc32(raw[:-8])
            if segment.stored_fields:
                start, end = segment.stored_fields
                assert 0 <= start < end <= segment.size

    def test_a_check_at_start_lets_a_sound_index_pass(self, stack: Any, index: str, a_type: str) -> None:
        stack.verify_on_start(index)
        stack.settle(PATIENCE)
        assert stack.search(a_type, LOOK).ok


class IndexSnapshotsContract:
    """Fixtures: `stack`, `a_type`."""

    def test_a_snapshot_restored_at_once_changes_nothing(self, stack: Any, a_type: str) -> None:
        assert able(stack, IndexSnapshots)
        counts = stack.settle(PATIENCE)
        taken = stack.snapshot()
        assert taken["ref"] and taken["documents"] > 0
        stack.restore_snapshot(taken["ref"])
        assert stack.settle(PATIENCE) == counts
        assert stack.search(a_type, LOOK).ok

    def test_what_was_written_after_a_snapshot_is_not_in_it(self, stack: Any) -> None:
        ref, name = stack.snapshot()["ref"], a_name()
        guid = stack.write(name)
        until_found(stack, name)
        stack.restore_snapshot(ref)
        assert stack.present({name: guid}) == {name}
        assert stack.found([name]) == set()
        stack.repair_tail()
        stack.settle(PATIENCE)


class IndexRepairContract:
    """Fixtures: `stack`, `a_type`. The stack has snapshots too, so that a tail can be made."""

    def test_the_tail_is_found_again_after_its_repair(self, stack: Any) -> None:
        assert able(stack, IndexRepair)
        ref, names = stack.snapshot()["ref"], [a_name() for _ in range(3)]
        guids = {name: stack.write(name) for name in names}
        for name in names:
            until_found(stack, name)
        stack.restore_snapshot(ref)
        facts = stack.repair_tail()
        stack.settle(PATIENCE)
        assert stack.found(names) == set(names) == stack.present(guids)
        assert facts["repaired"] >= len(names) and set(guids.values()) <= set(facts["guids"])

    def test_a_repair_of_what_is_sound_repairs_nothing(self, stack: Any) -> None:
        stack.repair_tail()
        stack.settle(PATIENCE)
        facts = stack.repair_tail()
        stack.settle(PATIENCE)
        assert facts["repaired"] == 0 and facts["examined"] > 0 and facts["ghosts"] == 0

    def test_a_rebuild_brings_every_document_back(self, stack: Any, a_type: str) -> None:
        counts = stack.settle(PATIENCE)
        assert stack.rebuild_index()["documents"] > 0
        assert stack.settle(PATIENCE) == counts
        assert stack.search(a_type, LOOK).ok
