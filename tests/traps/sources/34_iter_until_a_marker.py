import queue
import threading


def produce(items):
    for item in (1, 2, None):
        items.put(item)


def main():
    items = queue.Queue()
    threading.Thread(target=produce, args=(items,)).start()
    for item in iter(items.get, None):
        print(item)


main()
