import signal
import time


def stop(number, frame):
    time.sleep(0.001)
    print("caught")


def main():
    signal.signal(signal.SIGTERM, stop)
    signal.raise_signal(signal.SIGTERM)
    time.sleep(0.001)
    print("end")


main()
