import threading
import time


def work(ready):
    ready.set()
    time.sleep(0.001)


def main():
    ready = threading.Event()
    thread = threading.Thread(target=work, args=(ready,))
    thread.start()
    ready.wait()
    print("started")
    thread.join()


main()
