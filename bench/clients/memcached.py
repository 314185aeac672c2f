"""Values, several at once, counters and compare-and-set by python-binary-memcached."""

import sys

import bmemcached

PORT = int(sys.argv[1])


def main():
    client = bmemcached.Client((f"127.0.0.1:{PORT}",))
    print(client.set("a", "1"), client.get("a"), client.get("missing"))
    print(client.set_multi({"b": 2, "c": [3, "x"]}), sorted(client.get_multi(["a", "b", "c"]).items()))
    value, cas = client.gets("a")
    print(value, client.cas("a", "2", cas), client.cas("a", "3", cas), client.get("a"))
    print(client.incr("n", 5), client.incr("n", 5), client.delete("a"), client.get("a"))
    client.flush_all()
    print(client.get("b"))
    client.disconnect_all()


if __name__ == "__main__":
    main()
