import socket


def main():
    left, right = socket.socketpair()
    right.close()
    try:
        left.sendall(b"hello")
        print("sent")
    except BrokenPipeError:
        print("broken")
    left.close()


main()
