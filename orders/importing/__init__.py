"""Buyers and orders out of a file. `columns` reads an order's cells, `known` finds whom they name, `plan` decides."""
