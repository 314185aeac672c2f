"""All idioms, in the order in which they are asked, and in which their edits of one node are carried out."""

from __future__ import annotations

from types import ModuleType

from porter.idioms import (
    accelerators,
    at_exit,
    augmented,
    caches,
    calls,
    cancellation,
    colour,
    constructors,
    consumers,
    delegation,
    entry,
    file_classes,
    file_functions,
    frontiers,
    identity,
    iteration,
    keys,
    lazies,
    leaving,
    library,
    locks,
    loops,
    managers,
    pools,
    queues,
    rename,
    request_servers,
    selecting,
    sentinels,
    servers,
    signals,
    sockets,
    streams,
    testcases,
    thread_locals,
    threads,
    timers,
)
from porter.idioms import (
    annotations as annotating,
)
from porter.idioms.idiom import Idiom


def _idiom(module: ModuleType) -> Idiom:
    return Idiom(
        module.NAME,
        module.__doc__ or "",
        module.propose,
        module.rewrite,
        getattr(module, "decide", None),
        module.EXAMPLES,
        module.REFUSALS,
    )


IDIOMS: tuple[Idiom, ...] = (
    _idiom(rename),
    _idiom(frontiers),
    _idiom(library),
    _idiom(constructors),
    _idiom(file_classes),
    _idiom(request_servers),
    _idiom(file_functions),
    _idiom(calls),
    _idiom(streams),
    _idiom(sockets),
    _idiom(selecting),
    _idiom(pools),
    _idiom(timers),
    _idiom(threads),
    _idiom(identity),
    _idiom(leaving),
    _idiom(at_exit),
    _idiom(signals),
    _idiom(thread_locals),
    _idiom(locks),
    _idiom(queues),
    _idiom(colour),
    _idiom(augmented),
    _idiom(caches),
    _idiom(lazies),
    _idiom(keys),
    _idiom(consumers),
    _idiom(delegation),
    _idiom(iteration),
    _idiom(loops),
    _idiom(annotating),
    _idiom(sentinels),
    _idiom(managers),
    _idiom(cancellation),
    _idiom(testcases),
    _idiom(servers),
    _idiom(accelerators),
    _idiom(entry),
)
