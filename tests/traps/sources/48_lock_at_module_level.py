import queue
import threading

items = queue.Queue(1)
lock = threading.Lock()


def produce():
    for number in range(3):
        items.put(number)


def main():
    thread = threading.Thread(target=produce)
    thread.start()
    for _ in range(3):
        print(items.get())
    thread.join()


main()
