import socket
import threading


class Writer:
    def __init__(self, connection):
        self.connection = connection
        self.lock = threading.Lock()

    def write(self, data):
        with self.lock:
            self.connection.sendall(data)


def main():
    left, right = socket.socketpair()
    with left, right:
        writer = Writer(left)
        threads = [threading.Thread(target=writer.write, args=(b"ab",)) for _ in range(2)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        print(right.recv(4))


main()
