"""The catalogue: blocking APIs and what asyncio offers in their place. Data in ``*.toml``, one file per library."""

from __future__ import annotations

from porter.catalogue.entry import BECOMES, KINDS, Becomes, Catalogue, CatalogueError, Kind, Row, load

__all__ = ["BECOMES", "KINDS", "Becomes", "Catalogue", "CatalogueError", "Kind", "Row", "load"]
