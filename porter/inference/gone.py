"""Modules of Python 2: what is imported from them is never there, and what is imported in their place is meant.

``try: import Queue except ImportError: import queue as Queue`` binds one name twice; on Python 3 only one of the two imports
gives it a value. The same goes for ``if PY2: import urllib2 else: import urllib.request as urllib2``.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping

MODULES = frozenset("""
    BaseHTTPServer Bastion CGIHTTPServer ConfigParser Cookie DocXMLRPCServer HTMLParser MimeWriter Queue ScrolledText
    SimpleHTTPServer SimpleXMLRPCServer SocketServer StringIO Tix Tkinter UserDict UserList UserString __builtin__ anydbm
    cPickle cStringIO commands compiler cookielib copy_reg dbhash dircache dumbdbm dummy_thread dummy_threading exceptions
    future_builtins hotshot htmlentitydefs htmllib httplib ihooks imputil markupbase md5 mhlib mimetools
    mimify multifile mutex new popen2 repr rexec rfc822 robotparser sets sgmllib sha statvfs stringold strop thread tkFont
    tkMessageBox toaiff urllib2 urlparse user whichdb xmlrpclib
    """.split())
"""Top-level modules of Python 2's library that Python 3 has not, or has under another name."""


def replaced_imports(binders: Mapping[str, list[ast.AST]]) -> Iterator[tuple[str, ast.AST]]:
    """Names, and imports of theirs from such modules, that another import of the scope binds as well."""
    for name, nodes in binders.items():
        gone = [node for node in nodes if _is_gone(node, name)]
        others = (node for node in nodes if node not in gone)
        if gone and any(isinstance(node, (ast.Import, ast.ImportFrom)) for node in others):
            yield from ((name, node) for node in gone)


def _is_gone(node: ast.AST, name: str) -> bool:
    match node:
        case ast.ImportFrom(module=str(module), level=0):
            return module.partition(".")[0] in MODULES
        case ast.Import(names=aliases):
            bound = [alias for alias in aliases if (alias.asname or alias.name.partition(".")[0]) == name]
            return bool(bound) and all(alias.name.partition(".")[0] in MODULES for alias in bound)
    return False
