import threading
import time


def last():
    time.sleep(0.02)
    print("finished")


def forever():
    while True:
        time.sleep(0.001)


def main():
    threading.Thread(target=forever, daemon=True).start()
    threading.Thread(target=last).start()
    print("main ends")


main()
