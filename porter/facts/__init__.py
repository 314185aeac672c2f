"""What one file says: scopes, definitions, imports. No judgement, no module name, no path."""

from porter.facts.index import index, is_kept
from porter.facts.model import FileFacts, Scope, walked

__all__ = ["FileFacts", "Scope", "index", "is_kept", "walked"]
