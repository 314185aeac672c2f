import socket
import threading
import time


def serve(listener):
    while True:
        try:
            listener.accept()
        except OSError:
            break
    print("closed")


def main():
    listener = socket.create_server(("127.0.0.1", 0))
    thread = threading.Thread(target=serve, args=(listener,))
    thread.start()
    time.sleep(0.01)
    listener.shutdown(socket.SHUT_RDWR)
    listener.close()
    thread.join()
    print("end")


main()
