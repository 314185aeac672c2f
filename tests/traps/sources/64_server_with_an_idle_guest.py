import os
import signal
import socket
import threading
import time


def answer(connection):
    with connection:
        while data := connection.recv(100):
            connection.sendall(data)


def visit(address):
    with socket.create_connection(address) as client:
        client.sendall(b"hello")
        print(client.recv(100))
        os.kill(os.getpid(), signal.SIGINT)
        time.sleep(60)


def main():
    try:
        with socket.create_server(("127.0.0.1", 0)) as listener:
            threading.Thread(target=visit, args=(listener.getsockname(),), daemon=True).start()
            while True:
                connection, _ = listener.accept()
                threading.Thread(target=answer, args=(connection,), daemon=True).start()
    except KeyboardInterrupt:
        print("end")


main()
