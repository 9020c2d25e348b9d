"""Mandates (事项清单): what a residents' committee or a grid may be asked to do, and the gate that keeps the rest out.

Articles: HB 25, 32(3), 37, 41; HN 7, 8(1), 11(1), 12, 13(2).
Nouns: matter 事项, list 清单, item 清单事项, admission 准入, ground 依据（派单依据）, assignment 交办, purchase request 购买服务
申请, proof 证明.
Flow: list drafted → published → in force → ended; admission applied → reviewed → approved → published → ended;
each opens a ground; no assignment without a ground.
"""
