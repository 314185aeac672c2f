import os
import socket


def main():
    host, port = "127.0.0.1", int(os.environ["PORTER_PORT"])
    with socket.create_server((host, port)) as listener:
        with socket.create_connection((host, port)) as client:
            peer, _ = listener.accept()
            with peer:
                client.sendall(b"hello")
                print(peer.recv(5))


main()
