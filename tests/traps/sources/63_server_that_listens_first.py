import socket
import threading


def serve(listener):
    connection, _ = listener.accept()
    with connection:
        connection.sendall(connection.recv(100).upper())


def main():
    listener = socket.create_server(("127.0.0.1", 0))
    thread = threading.Thread(target=serve, args=(listener,))
    thread.start()
    with socket.create_connection(listener.getsockname()) as client:
        client.sendall(b"hello")
        print(client.recv(100))
    thread.join()
    listener.close()


main()
