"""A connection that asks, times out and is closed, and an application of callbacks, by websocket-client."""

import sys
import threading

import websocket

URL = f"ws://127.0.0.1:{sys.argv[1]}/"


def ask() -> None:
    connection = websocket.create_connection(URL, timeout=5)
    connection.send("hello")
    print(connection.recv())
    connection.send_binary(b"\x00" * 70000)
    print(len(connection.recv()))
    connection.ping("x")
    connection.settimeout(0.2)
    try:
        connection.recv()
    except websocket.WebSocketTimeoutException as error:
        print(type(error).__name__)
    connection.settimeout(5)
    connection.send("bye")
    code, data = connection.recv_data()
    print(code, data)
    connection.close()


class Listener:
    def __init__(self) -> None:
        self.heard = []
        self.app = websocket.WebSocketApp(
            URL, on_open=self.on_open, on_message=self.on_message, on_close=self.on_close, on_error=self.on_error
        )

    def on_open(self, app) -> None:
        print("open")
        for word in ("one", "two", "three"):
            app.send(word)

    def on_message(self, app, message) -> None:
        self.heard.append(message)
        if len(self.heard) == 3:
            app.close()

    def on_error(self, app, error) -> None:
        print("error", type(error).__name__, error)

    def on_close(self, app, code, text) -> None:
        print("close", code, text)

    def run(self) -> None:
        self.app.run_forever(ping_interval=5, ping_timeout=2)


def main() -> None:
    ask()
    listener = Listener()
    thread = threading.Thread(target=listener.run)
    thread.start()
    thread.join()
    print(listener.heard)


if __name__ == "__main__":
    main()
