import socket
import threading


def answer(connection):
    with connection:
        while data := connection.recv(100):
            connection.sendall(data)


def serve(listener):
    while True:
        connection, _ = listener.accept()
        threading.Thread(target=answer, args=(connection,), daemon=True).start()


def main():
    listener = socket.create_server(("127.0.0.1", 0))
    threading.Thread(target=serve, args=(listener,), daemon=True).start()
    client = socket.create_connection(listener.getsockname())
    client.sendall(b"hello")
    print(client.recv(100))
    client.close()
    print("end")


main()
