"""Requests and answers by nats-python, over two connections."""

import sys
import threading

from pynats import NATSClient

PORT = int(sys.argv[1])


def answer(url, ready):
    with NATSClient(url) as client:

        def reply(message):
            client.publish(message.reply, payload=message.payload.upper())

        client.subscribe("shout", callback=reply, max_messages=2)
        ready.set()
        client.wait(count=2)


def main():
    url = f"nats://127.0.0.1:{PORT}"
    ready = threading.Event()
    worker = threading.Thread(target=answer, args=(url, ready))
    worker.start()
    ready.wait()
    with NATSClient(url, name="asker", socket_timeout=5) as client:
        client.ping()
        for text in (b"one", b"two"):
            print(client.request("shout", payload=text).payload)
    worker.join()


if __name__ == "__main__":
    main()
