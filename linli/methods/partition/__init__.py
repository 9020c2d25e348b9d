"""Divide a street or community into districts of balanced residents (网格划分).

Atoms (building, estate, natural village) with residents and neighbours become a given number of connected districts within
hard bounds, at the least cut or moment of inertia, with must-links, frozen and barred atoms and a current map; with a bound that
holds for every plan, and for each atom the reason why it lies where it does.

``graph``      reading and refusing; bounds        ``units``    must-links contracted; why nothing can exist
``start``      first plans                         ``kernel``   the inner loop, compiled
``improve``    rounds of annealing                 ``exact``    small graphs by enumeration
``bound``      what no plan can go below           ``relax``    the same for small graphs, much closer
``proof``      small graphs by HiGHS               ``explain``  check a plan, explain every atom
"""
