"""Plays the runs of one scenario inside its container, and writes down what happened.

Process 1 is root without any right but to change users, to end processes and to read files. What a candidate wrote
runs as the user `runner`, the platform that records as the user `platform`, so that neither can reach the other.
"""
