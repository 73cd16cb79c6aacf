"""The storm: real clusters on a dozen shops while everything goes wrong, and then whether all of it came out right.

`world.py` is what there is, `life.py` what happens in the shops, `bells.py` how they ring; `processes.py` starts, kills and restarts,
`mischief.py` chooses what goes wrong and when, `reckoning.py` compares both sides, `storm.py` is the whole. Needs Linux.
"""
