import os
import socket
import threading


def serve(listener):
    connection, _ = listener.accept()
    with connection:
        connection.sendall(b"x" * 60_000 + b"\n")


def main():
    address = "127.0.0.1", int(os.environ["PORTER_PORT"])
    listener = socket.create_server(address)
    thread = threading.Thread(target=serve, args=(listener,))
    thread.start()
    with socket.create_connection(address) as client:
        with client.makefile("rb") as lines:
            print(len(lines.readline()))
    thread.join()
    listener.close()


main()
