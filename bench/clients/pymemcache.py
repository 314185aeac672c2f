"""A cache by pymemcache: set, get, compare and swap, counters, a pool with threads, and what is not there."""

import sys
import threading
from contextlib import closing

from pymemcache import serde
from pymemcache.client.base import Client, PooledClient
from pymemcache.exceptions import MemcacheClientError

ADDRESS = ("127.0.0.1", int(sys.argv[1]))


def use_client() -> None:
    with closing(Client(ADDRESS, serde=serde.pickle_serde, timeout=5, connect_timeout=5)) as client:
        print(client.set("a", "text"), client.get("a"), client.get("missing"), client.get("missing", default=3))
        print(client.set_many({"b": [1, 2], "c": {"x": 1}}), sorted(client.get_many(["a", "b", "c", "d"]).items()))
        value, token = client.gets("b")
        print(value, client.cas("b", [3], token), client.cas("b", [4], token))
        print(client.add("a", 1, noreply=False), client.replace("a", 2, noreply=False), client.delete("a", noreply=False))
        try:
            client.get("with a space")
        except MemcacheClientError as error:
            print(type(error).__name__)
    with closing(Client(ADDRESS)) as client:
        client.set("n", "5")
        print(client.incr("n", 2), client.decr("n", 1), client.touch("n", 100, noreply=False))
        print(client.version().decode().count("."))


def count(client: PooledClient, times: int) -> None:
    for _ in range(times):
        client.incr("total", 1)


def use_pool() -> None:
    client = PooledClient(ADDRESS, max_pool_size=4, timeout=5)
    client.set("total", "0")
    threads = [threading.Thread(target=count, args=(client, 25)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    print(client.get("total"))
    client.close()


def main() -> None:
    use_client()
    use_pool()


if __name__ == "__main__":
    main()
