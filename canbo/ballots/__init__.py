"""Votes: prepare, open, issue, cast, close, count. A ballot carries no voter.

The doors are `elections` (both tiers), `paper` (minutes of a vote on paper) and `published` (what everyone may recount
with `recount.py`, which stands alone). This room knows no procedure and no name of a person: a voter is a number, what
the vote is about is a text, and which result decides what is said upstairs.
"""
