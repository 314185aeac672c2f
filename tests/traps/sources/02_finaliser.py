import time


class Peer:
    def __del__(self):
        time.sleep(0.001)
        print("gone")


def main():
    peer = Peer()
    time.sleep(0.001)
    del peer
    print("end")


main()
