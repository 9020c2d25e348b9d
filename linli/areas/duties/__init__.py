"""Duty board (履职台账): for every body each duty of its province's draft, with the evidence that it was done, or that it was not.

Articles: all. Nouns: body's board 履职台账, attestation 履职证明, finding 评判. A duty is judged by its rule (达标、未达标), proved by the
body's own trail within its period (已履行), attested with a person and a document that expires (已证明), or not evidenced (无证据).
"""
