import queue
import time


def main():
    items = queue.Queue()
    items.put(1)
    print(items.get(timeout=0.0))
    items.put(2)
    print(items.get(block=False))
    try:
        items.get(timeout=0)
    except queue.Empty:
        print("empty")
    time.sleep(0.001)


main()
