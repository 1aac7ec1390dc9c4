"""The batch benchmark: many frameworks on many tables, same splits, same cores, same clock.

Each run is a process of its own that is spoken to through files and a small protocol (`harness`), so that a framework
is one small file (`frameworks`) with an environment of its own (`environments`).
"""
