"""Rondo's one package. `surveys` is the product's word, not the domain's: see docs/architecture.md."""
