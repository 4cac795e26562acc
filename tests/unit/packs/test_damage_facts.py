from metadrill.packs import damage


def test_what_was_lost_is_said_in_words_store_by_store():
    truth = {"form": "loud", "lost": {"graph": {"files": 7, "bytes": 18709460}, "index": {"files": 276}}}
    facts = dict(damage.read(truth).facts)
    assert facts["lost: graph"] == "7 files, 18,709,460 bytes"
    assert facts["lost: index"] == "276 files"


def test_any_other_mapping_stays_one_fact():
    facts = dict(damage.read({"deleted": {"hive_table": 3, "hive_column": 9}}).facts)
    assert facts == {"deleted": "hive table 3; hive column 9"}
