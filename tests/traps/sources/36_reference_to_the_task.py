import threading
import time


class Poller:
    def __init__(self):
        self.seen = 0

    def start(self):
        threading.Thread(target=self.poll, daemon=True).start()

    def poll(self):
        while True:
            time.sleep(0.001)
            self.seen += 1


def main():
    poller = Poller()
    poller.start()
    time.sleep(0.05)
    print(poller.seen > 3)


main()
