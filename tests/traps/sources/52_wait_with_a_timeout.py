import threading
import time


def main():
    ready = threading.Event()
    lock = threading.Lock()
    print(ready.wait(0.001), ready.wait(timeout=0.001))
    print(lock.acquire(timeout=0.001), lock.acquire(timeout=0.001))
    if not ready.wait(0.001):
        print("not yet")
    ready.set()
    print(ready.wait(0.001))
    time.sleep(0.001)


main()
