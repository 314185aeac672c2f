"""What typeshed says: names, classes, overloads, results, and the way back to the catalogue's names."""

from __future__ import annotations

import ast
import dataclasses

import pytest
from typeshed_client.finder import find_typeshed

from porter.catalogue import load
from porter.inference.stubs_catalogue import public_name, row_name
from porter.inference.stubs_files import StubFiles
from porter.inference.stubs_symbols import CallShape, ClassSymbol, FunctionSymbol, ModuleSymbol, VariableSymbol
from porter.inference.stubs_types import (
    NEVER,
    NONE,
    SELF,
    UNKNOWN,
    Callable,
    Literal,
    Named,
    TupleOf,
    TypeVarRef,
    Union,
    alternatives,
    as_named,
    substitute,
    type_variables,
    union,
)
from porter.inference.typeshed import Typeshed

INT, STR, BYTES = Named("builtins.int"), Named("builtins.str"), Named("builtins.bytes")
SOCKET = Named("socket.socket")
VERSIONS = [(3, 11), (3, 12), (3, 13)]


@pytest.fixture(scope="module")
def typeshed():
    return Typeshed((3, 11))


@pytest.fixture(scope="module", params=VERSIONS, ids=lambda version: ".".join(map(str, version)))
def each(request):
    return Typeshed(request.param)


def literal(*values, **keywords):
    """The shape of a call whose arguments are all literals."""
    constants = (*enumerate(values), *keywords.items())
    return CallShape(len(values), tuple(keywords), constants)


# --- names


@pytest.mark.parametrize(
    ("asked", "kind", "canonical"),
    [
        ("socket", ModuleSymbol, "socket"),
        ("os.path", ModuleSymbol, "os.path"),
        ("socket.socket", ClassSymbol, "socket.socket"),
        ("socket.socket.makefile", FunctionSymbol, "socket.socket.makefile"),
        ("socket.socket.recv", FunctionSymbol, "_socket.socket.recv"),
        ("socket.timeout", ClassSymbol, "builtins.TimeoutError"),
        ("socket.error", ClassSymbol, "builtins.OSError"),
        ("concurrent.futures.ThreadPoolExecutor", ClassSymbol, "concurrent.futures.thread.ThreadPoolExecutor"),
        ("threading.Thread.start", FunctionSymbol, "threading.Thread.start"),
        ("threading.Timer.join", FunctionSymbol, "threading.Thread.join"),
        ("os.path.join", FunctionSymbol, "posixpath.join"),
        ("os.path.exists", FunctionSymbol, "genericpath.exists"),
        ("builtins.list.append", FunctionSymbol, "builtins.list.append"),
        ("collections.abc.Iterator", ClassSymbol, "typing.Iterator"),
        ("typing.List", ClassSymbol, "builtins.list"),
        ("random.random", FunctionSymbol, "_random.Random.random"),
        ("os.environ.get", FunctionSymbol, "os._Environ.get"),
        ("sys.argv", VariableSymbol, "sys.argv"),
        ("asyncio.subprocess.Process", ClassSymbol, "asyncio.subprocess.Process"),
        ("multiprocessing.Queue", ClassSymbol, "multiprocessing.queues.Queue"),
    ],
)
def test_a_name_is_followed_to_its_definition_and_keeps_how_it_was_asked(each, asked, kind, canonical):
    symbol = each.lookup(asked)

    assert isinstance(symbol, kind)
    assert (symbol.name, symbol.asked) == (canonical, asked)


@pytest.mark.parametrize(
    "name", ["", ".", "nosuch", "nosuch.thing", "socket.nosuch", "socket.socket.nosuch", "time.sleep.x", "a..b", "é.1"]
)
def test_what_is_not_known_is_none(typeshed, name):
    assert typeshed.lookup(name) is None
    assert typeshed.mro(name) == ()
    assert typeshed.members(name) == ()
    assert typeshed.member(name, "x") is None
    assert typeshed.method_returns(name, "x") == UNKNOWN
    assert typeshed.iter_type(name) == typeshed.enter_type(name) == UNKNOWN
    assert typeshed.returns(typeshed.lookup(name)) == UNKNOWN


def test_a_method_of_a_hidden_instance_is_bound(typeshed):
    assert typeshed.lookup("random.randint").bound
    assert not typeshed.lookup("random.Random.randint").bound


def test_names_follow_the_python_version():
    assert Typeshed((3, 11)).lookup("queue.ShutDown") is None
    assert Typeshed((3, 13)).lookup("queue.ShutDown").name == "queue.ShutDown"
    assert Typeshed((3, 11)).lookup("telnetlib.Telnet") is not None
    assert Typeshed((3, 13)).lookup("telnetlib.Telnet") is None


def test_names_follow_the_platform():
    assert Typeshed((3, 11), "linux").lookup("select.epoll") is not None
    assert Typeshed((3, 11), "win32").lookup("select.epoll") is None


def test_private_helpers_that_typeshed_leaves_out(typeshed):
    assert typeshed.returns(typeshed.lookup("ssl._create_stdlib_context")) == Named("ssl.SSLContext")
    assert typeshed.method_returns("smtplib.SMTP_SSL", "_get_socket") == Named("ssl.SSLSocket")


def test_stubs_beside_packages_are_read_when_a_search_path_is_given(tmp_path):
    (tmp_path / "pack").mkdir()
    (tmp_path / "pack/__init__.pyi").write_text('"""Text\nclass Trap: ...\n"""\nfrom .deep import Thing as Thing\n', "utf-8")
    (tmp_path / "pack/deep.pyi").write_text("from socket import socket\nclass Thing:\n    wire: socket | None\n", "utf-8")
    found = Typeshed((3, 11), search_path=(tmp_path,))

    assert found.lookup("pack.Thing").name == "pack.deep.Thing"
    assert as_named(found.attribute_type("pack.Thing", "wire")) == SOCKET
    assert found.lookup("pack.Trap") is None


def test_a_broken_stub_is_an_empty_one(tmp_path):
    (tmp_path / "bad").mkdir()
    (tmp_path / "bad/__init__.pyi").write_text("class Bad(:\nfrom bad import x as x\ny = z\nz = y\n", "utf-8")
    found = Typeshed((3, 11), search_path=(tmp_path,))

    assert found.lookup("bad.Bad.x") is None
    assert found.lookup("bad.x") is None
    assert found.mro("bad.Bad") in ((), ("bad.Bad", "builtins.object"))
    assert found.returns(found.lookup("bad.y")) == UNKNOWN


@pytest.mark.parametrize("module", ["socket", "_socket", "threading", "os", "builtins", "io", "typing", "asyncio", "ssl"])
def test_pieces_bind_what_the_whole_file_binds(module):
    """Cutting a stub into pieces loses and adds nothing, whatever is asked first."""
    files = StubFiles((3, 11), "linux", ())
    file = files.get(module)
    path = find_typeshed().joinpath(*module.split("."))
    path = path / "__init__.pyi" if path.is_dir() else path.with_suffix(".pyi")
    whole: dict[str, list[str]] = {}
    for stmt in file._conditions.flatten(ast.parse(path.read_text("utf-8")).body):
        match stmt:
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
                whole.setdefault(name, []).append(ast.dump(stmt))
            case ast.AnnAssign(target=ast.Name(id=name)):
                whole.setdefault(name, []).append(ast.dump(stmt))

    found = {name: [ast.dump(stmt) for stmt in file.bindings(name)] for name in whole}

    assert {name: stmts for name, stmts in found.items() if stmts != whole[name]} == {}


# --- classes


def test_the_method_resolution_order_is_that_of_python(typeshed):
    assert typeshed.mro("socket.socket") == ("socket.socket", "_socket.socket", "builtins.object")
    assert typeshed.mro("builtins.bool") == ("builtins.bool", "builtins.int", "builtins.object")
    assert typeshed.mro("builtins.object") == ("builtins.object",)
    assert typeshed.mro("queue.PriorityQueue") == ("queue.PriorityQueue", "queue.Queue", "builtins.object")
    assert typeshed.mro("io.BufferedReader")[0] == "_io.BufferedReader"


def test_members_are_found_in_bases(typeshed):
    assert {"makefile", "recv", "close", "__enter__"} <= set(typeshed.members("socket.socket"))
    member = typeshed.member("ssl.SSLSocket", "makefile")
    assert (member.name, member.owner, member.asked) == (
        "socket.socket.makefile",
        "socket.socket",
        "ssl.SSLSocket.makefile",
    )


def test_kinds_of_methods(typeshed):
    assert typeshed.member("builtins.dict", "fromkeys").kind == "classmethod"
    assert typeshed.member("builtins.str", "maketrans").kind == "staticmethod"
    assert typeshed.member("builtins.int", "__new__").kind == "classmethod"
    assert typeshed.member("threading.Thread", "ident").is_property
    assert not typeshed.member("threading.Thread", "name").is_property


def test_type_parameters_and_bases(typeshed):
    assert [var.name for var in typeshed.type_parameters("builtins.dict")] == ["builtins._KT", "builtins._VT"]
    assert [base.name for base in typeshed.bases_with_args("builtins.dict")] == ["typing.MutableMapping"]
    mapping = typeshed.arguments(Named("builtins.dict", (STR, SOCKET)), "typing.Mapping")
    assert list(mapping.values()) == [STR, SOCKET]
    assert set(typeshed.arguments(Named("builtins.list"), "typing.Iterable").values()) == {UNKNOWN}


# --- results


@pytest.mark.parametrize(
    ("call", "classes"),
    [
        (literal("rb"), ["_io.BufferedReader"]),
        (literal(mode="rb"), ["_io.BufferedReader"]),
        (literal("wb", -1), ["_io.BufferedWriter"]),
        (literal("rwb"), ["_io.BufferedRWPair"]),
        (literal("rb", 0), ["socket.SocketIO"]),
        (literal("r"), ["_io.TextIOWrapper"]),
        (literal("rw"), ["_io.TextIOWrapper"]),
        (literal(), ["_io.TextIOWrapper"]),
        (CallShape(1, ("encoding",), ((0, "r"),)), ["_io.TextIOWrapper"]),
        (CallShape(1), ["_io.BufferedRWPair", "_io.BufferedReader", "_io.BufferedWriter", "_io.TextIOWrapper"]),
    ],
)
def test_makefile_gives_the_class_of_its_mode(each, call, classes):
    result = each.returns(each.lookup("socket.socket.makefile"), call)

    assert [item.name for item in alternatives(result)] == classes


@pytest.mark.parametrize(
    ("call", "expected"),
    [
        (CallShape(1), {"_io.TextIOWrapper"}),
        (CallShape(2, (), ((1, "rb"),)), {"_io.BufferedReader"}),
        (CallShape(1, ("mode",), (("mode", "wb"),)), {"_io.BufferedWriter"}),
        (CallShape(3, (), ((1, "rb"), (2, 0))), {"_io.FileIO"}),
    ],
)
def test_open_gives_the_class_of_its_mode(each, call, expected):
    result = each.returns(each.lookup("builtins.open"), call)

    assert {item.name for item in alternatives(result)} == expected


def test_an_unknown_mode_gives_every_class_it_may_mean(typeshed):
    result = typeshed.returns(typeshed.lookup("builtins.open"), CallShape(2))
    assert {"_io.TextIOWrapper", "_io.BufferedReader"} <= {item.name for item in alternatives(result)}
    stars = typeshed.returns(typeshed.lookup("builtins.open"), CallShape(1, open_ended=True))
    assert len(alternatives(stars)) > 1


def test_true_and_one_are_different_literals(typeshed):
    run = typeshed.lookup("subprocess.run")
    text = typeshed.returns(run, CallShape(1, ("text",), (("text", True),)))
    assert text == Named("subprocess.CompletedProcess", (STR,))
    assert typeshed.returns(run, CallShape(1, ("text",), (("text", 1),))) != text
    assert typeshed.returns(run, CallShape(1)) == Named("subprocess.CompletedProcess", (BYTES,))


def test_constructors_state_type_arguments(typeshed):
    popen = typeshed.lookup("subprocess.Popen")
    assert typeshed.returns(popen, CallShape(1, ("text",), (("text", True),))) == Named("subprocess.Popen", (STR,))
    assert typeshed.returns(popen, CallShape(1)) == Named("subprocess.Popen", (BYTES,))
    assert typeshed.returns(typeshed.lookup("socket.socket")) == SOCKET
    assert typeshed.returns(typeshed.lookup("queue.Queue")) == Named("queue.Queue")


def test_class_parameters_are_filled_in(typeshed):
    numbers = Named("builtins.list", (INT,))
    clients = Named("builtins.dict", (STR, SOCKET))

    assert typeshed.method_returns(numbers, "pop") == INT
    assert typeshed.method_returns(numbers, "__getitem__", literal(0)) == INT
    assert typeshed.method_returns(numbers, "__getitem__", literal(slice)) == numbers
    assert typeshed.method_returns(numbers, "copy") == numbers
    assert typeshed.method_returns(Named("queue.Queue", (SOCKET,)), "get") == SOCKET
    assert typeshed.iter_type(numbers) == INT
    assert typeshed.iter_type(clients) == STR
    assert typeshed.iter_type(typeshed.method_returns(clients, "values")) == SOCKET
    assert typeshed.iter_type(typeshed.method_returns(clients, "items")) == TupleOf((STR, SOCKET))


def test_accept_gives_a_pair(each):
    result = each.method_returns("socket.socket", "accept")
    assert result == TupleOf((SOCKET, UNKNOWN))


@pytest.mark.parametrize(
    ("manager", "entered"),
    [
        (SOCKET, SOCKET),
        (Named("ssl.SSLSocket"), Named("ssl.SSLSocket")),
        (Named("contextlib.closing", (SOCKET,)), SOCKET),
        ("threading.Lock", Named("builtins.bool")),
        ("contextlib.suppress", NONE),
        (Named("_io.BufferedReader"), Named("_io.BufferedReader")),
    ],
)
def test_what_with_binds(each, manager, entered):
    assert each.enter_type(manager) == entered


@pytest.mark.parametrize(
    ("iterable", "item"),
    [("io.BufferedReader", BYTES), ("io.TextIOWrapper", STR), ("builtins.str", STR), ("builtins.range", INT)],
)
def test_what_loops_yield(each, iterable, item):
    assert each.iter_type(iterable) == item


def test_bound_names_and_variables_give_results(typeshed):
    assert typeshed.returns(typeshed.lookup("random.random")) == Named("builtins.float")
    assert typeshed.returns(typeshed.lookup("socket.create_connection"), CallShape(1)) == SOCKET
    assert typeshed.lookup("sys.stdin").type == Named("typing.TextIO")
    assert typeshed.returns(typeshed.lookup("sys.exit")) == NEVER
    assert typeshed.attribute_type("threading.Thread", "name") == STR
    assert typeshed.attribute_type("threading.Thread", "start") == UNKNOWN


def test_a_context_manager_function_gives_a_manager(tmp_path):
    (tmp_path / "managed").mkdir()
    (tmp_path / "managed/__init__.pyi").write_text(
        "from collections.abc import Iterator\nfrom contextlib import contextmanager\nfrom socket import socket\n"
        "@contextmanager\ndef borrowed() -> Iterator[socket]: ...\n",
        "utf-8",
    )
    found = Typeshed((3, 11), search_path=(tmp_path,))

    assert as_named(found.enter_type(found.returns(found.lookup("managed.borrowed")))) == SOCKET


def test_signatures_leave_out_the_receiver_and_say_what_may_be_called(typeshed):
    params = typeshed.signature(typeshed.lookup("threading.Thread"))
    assert [param.name for param in params] == ["group", "target", "name", "args", "kwargs", "daemon"]
    assert [param.name for param in params if param.is_callable] == ["target"]
    assert (params[-1].kind, params[1].kind, params[1].required) == ("keyword", "either", False)
    append = typeshed.signature(typeshed.lookup("builtins.list.append"))
    assert [(param.kind, param.required) for param in append] == [("positional", True)]
    ordered = typeshed.signature(typeshed.lookup("builtins.sorted"), CallShape(1, ("key",)))
    assert [param.name for param in ordered if param.is_callable] == ["key"]


# --- types


def test_unions_are_flat_and_without_repeats():
    assert union((INT, Union((STR, INT)), STR)) == Union((INT, STR))
    assert union((INT, INT)) == INT
    assert union(()) == NEVER


def test_substitution_reaches_everything():
    var = TypeVarRef("m._T")
    nested = Callable((var, TupleOf((var, SELF))), Union((Named("builtins.list", (var,)), NONE)))
    assert type_variables(nested) == (var,)
    replaced = substitute(nested, {"m._T": INT}, SOCKET)
    assert replaced == Callable((INT, TupleOf((INT, SOCKET))), Union((Named("builtins.list", (INT,)), NONE)))


def test_the_one_class_of_a_type():
    assert as_named(Union((SOCKET, NONE))) == SOCKET
    assert as_named(Union((SOCKET, INT))) is None
    assert as_named(Literal("rb")) == STR
    assert as_named(TupleOf((INT,), variadic=True)) == Named("builtins.tuple", (INT,))
    assert as_named(TypeVarRef("m._T", SOCKET)) == SOCKET
    assert as_named(UNKNOWN) is None


def test_symbols_and_types_are_frozen(typeshed):
    with pytest.raises(dataclasses.FrozenInstanceError):
        typeshed.lookup("socket.socket").name = "other"
    with pytest.raises(dataclasses.FrozenInstanceError):
        SOCKET.name = "other"


def test_the_order_of_questions_does_not_matter():
    names = ["socket.socket.makefile", "threading.Lock", "os.path.join", "io.open", "queue.Empty"]
    forward, backward = Typeshed((3, 11)), Typeshed((3, 11))
    there = [repr(forward.lookup(name)) for name in names]
    back = [repr(backward.lookup(name)) for name in reversed(names)]
    assert there == back[::-1]


# --- the way back


@pytest.mark.parametrize(
    ("canonical", "public"),
    [
        ("_io.BufferedReader", "io.BufferedReader"),
        ("concurrent.futures.thread.ThreadPoolExecutor", "concurrent.futures.ThreadPoolExecutor"),
        ("posixpath.join", "os.path.join"),
        ("genericpath.exists", "os.path.exists"),
        ("queue.Queue", "queue.Queue"),
        ("nosuch.Thing", "nosuch.Thing"),
    ],
)
def test_public_names(each, canonical, public):
    assert each.public_names(canonical)[0] == public
    assert each.public_names(canonical)[-1] == canonical


@pytest.mark.parametrize(
    ("class_name", "method", "origin", "expected"),
    [
        ("socket.socket", "recv", "", "socket.socket.recv"),
        ("ssl.SSLSocket", "recv", "", "socket.socket.recv"),
        ("ssl.SSLSocket", "read", "", "ssl.SSLSocket.read"),
        ("_io.BufferedReader", "readline", "", "io.BufferedReader.readline"),
        ("_io.BufferedReader", "readline", "socket.socket.makefile", "socket.socket.makefile().readline"),
        ("io.TextIOWrapper", "fileno", "socket.socket.makefile", "io.TextIOWrapper.fileno"),
        ("io.StringIO", "read", "", "io.StringIO.read"),
        ("queue.PriorityQueue", "get", "", "queue.Queue.get"),
        ("threading.Lock", "acquire", "", "threading.Lock.acquire"),
        ("concurrent.futures.thread.ThreadPoolExecutor", "shutdown", "", "concurrent.futures.Executor.shutdown"),
        ("typing.TextIO", "readline", "", "typing.IO.readline"),
        ("builtins.list", "append", "", "builtins.list.append"),
        ("nosuch.Thing", "read", "", "nosuch.Thing.read"),
    ],
)
def test_methods_get_the_names_that_rows_use(each, class_name, method, origin, expected):
    assert public_name(each, load(), each.canonical(class_name), method, origin) == expected


@pytest.mark.parametrize("name", ["time.sleep", "socket.gethostbyname", "io.open", "threading.Timer.join", "math.fabs"])
def test_symbols_get_the_names_that_rows_use(each, name):
    expected = "threading.Thread.join" if name == "threading.Timer.join" else name
    assert row_name(each, load(), each.lookup(name)) == expected
