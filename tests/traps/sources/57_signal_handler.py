import signal
import time


class Clock:
    running = True

    def stop(self, number, frame):
        self.running = False


def main():
    clock = Clock()
    signal.signal(signal.SIGTERM, clock.stop)
    signal.raise_signal(signal.SIGTERM)
    while clock.running:
        time.sleep(0.001)
    print("stopped")


main()
