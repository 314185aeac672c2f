import socket
import tempfile
import time


def main():
    with tempfile.TemporaryDirectory() as folder:
        with open(f"{folder}/a", "w") as file:
            file.write("text")
        with open(f"{folder}/a") as file:
            print(file.read())
    print(socket.gethostbyname("127.0.0.1"))
    time.sleep(0.001)


main()
