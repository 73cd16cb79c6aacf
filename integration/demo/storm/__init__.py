"""The storm: real clusters on a dozen shops while everything goes wrong, and then whether all of it came out right.

`world.py` is what there is, `life.py` what happens in it, `mischief.py` what goes wrong and when; `processes.py` starts, kills
and starts again `cluster.py`, `front.py` and the web server; `journal.py` says whether two passes met, `reckoning.py`
compares both sides, `storm.py` is the whole. Needs Linux.
"""
