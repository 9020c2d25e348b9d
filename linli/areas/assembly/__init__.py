"""Draft-law contact point (基层立法联系点): a congress's standing committee asks residents about the draft of a regulation and answers them.

Articles: HB 27(2); Hunan's draft has none (本草案无此条，按县设定); nationally 立法法 arts. 70, 90. Nouns: contact point 联系点, draft 征求意见稿, text 稿次,
provision 条款, comment 意见, anchor 位置, group 同类意见, answer 答复, invitation 邀请, meeting 座谈会.
A draft is prepared, opened until a day, closed, and answered: no digest is published while one comment is without an answer.
"""
