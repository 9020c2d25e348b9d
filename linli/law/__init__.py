"""Law as data (法规引擎): parses texts, loads packs, checks that every sentence is answered for, counts working days.

Pure Python: no Django, no database. Packs are folders of data under `packs/`; the official texts are not part of
the repository.
"""
