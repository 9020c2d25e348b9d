"""Appeals (诉求办理): a resident's appeal is taken, lawfully dispatched, answered, called back and closed.

Articles: HN 12 (hotline: 分类处置、异议协调、跟踪回访、督查督办), HN 4(1), 14; HB 25, 41, 42.
Nouns: appeal 诉求, dispatch 分派, objection 异议, ruling 裁定, extension 延期, answer 答复, call-back 回访, card 黄牌/红牌,
order 督办, precedent 先例.
Flow: received → accepted → handling (→ objected → ruled) → answered → called back → closed, or handled again.
"""
