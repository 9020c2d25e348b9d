"""Pure algorithms of Linli (方法): no Django, no database, no network.

Every module names the method it follows and is checked in ``tests/methods`` against a brute-force oracle
or by properties. Areas call these functions from their ``rules``, ``queries`` and ``actions``.

``classify``  what an appeal is about (事项) and of which kind (类型): by the catalogue, and as learnt from a site's rows
``danger``    whether it reports danger to life or limb (险情)
``grams``     texts as runs of characters, many at once (字串)
``locate``    which place a text is about, also misheard or mistyped (诉求定位)
``lookup``    which place a text names (地名), and in which area a point lies (点落区)
``opinion``   which comments on a draft say the same (同类意见)
``partition`` fair grids from a graph of atoms (网格划分)
``shares``    who gets how many posts or how much money (名额与经费分配)
``similar``   which appeals say the same (相似诉求): earlier ones, groups of a night, a new message against a million
``siting``    where facilities go (设施选址)

``compiled``  makes their inner loops fast, with the same results without it
``highs``     models for HiGHS, given as arrays, ended when their time is over
"""
