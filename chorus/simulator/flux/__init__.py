"""Flux: files that Chorus Pro reads by itself (`deposer/flux`), and their reports (`consulterCR(Detaille)`).

A deposit is judged long after it was accepted: `files` opens it and `reading` reads its XML at once, `life` lets the
states pass on the simulator's clock, `judging` decides at the end which of its invoices exist.
"""
