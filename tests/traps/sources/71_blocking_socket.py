import socket


def main():
    left, right = socket.socketpair()
    with left, right:
        left.send(b"hello")
        buffer = bytearray(5)
        print(right.recv_into(buffer), bytes(buffer))


main()
