import functools
import time


class Peer:
    @functools.cached_property
    def name(self):
        time.sleep(0.001)
        print("asked")
        return "peer"


def main():
    peer = Peer()
    print(peer.name, peer.name)


main()
