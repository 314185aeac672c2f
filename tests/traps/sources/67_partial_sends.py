import socket


def send_all(connection, data):
    while data:
        sent = connection.send(data)
        data = data[sent:]


def main():
    left, right = socket.socketpair()
    with left, right:
        send_all(left, b"hello")
        print(right.recv(5))


main()
