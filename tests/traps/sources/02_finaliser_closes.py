import socket
import threading


class Client:
    def __init__(self, address):
        self.sock = socket.create_connection(address)
        self.file = self.sock.makefile("rwb")

    def ask(self, text):
        self.sock.sendall(text.encode() + b"\n")
        return self.file.readline().decode().strip()

    def close(self):
        if self.sock is not None:
            self.file.close()
            self.sock.close()
            self.sock = None

    def __del__(self):
        self.close()


def serve(listener):
    conn, _ = listener.accept()
    with conn:
        while data := conn.recv(100):
            conn.sendall(data.upper())


def main():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=serve, args=(listener,))
        thread.start()
        client = Client(listener.getsockname())
        print(client.ask("hello"))
        client.close()
        thread.join()


if __name__ == "__main__":
    main()
