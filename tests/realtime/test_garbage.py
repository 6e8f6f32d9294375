"""What is loaded is not looked through again."""

import gc

from realtime.garbage import THRESHOLDS, settle


def test_what_is_loaded_is_not_looked_through_again():
    before = gc.get_threshold()
    try:
        here = []
        settle()
        assert gc.get_threshold() == THRESHOLDS
        assert not any(one is here for one in gc.get_objects())
        assert gc.get_freeze_count() > 1000
    finally:
        gc.unfreeze()
        gc.set_threshold(*before)
