import queue
import threading


def compute(results):
    total = 0
    for number in range(1000):
        total += number
    results.put(total)


def main():
    results = queue.Queue()
    threading.Thread(target=compute, args=(results,)).start()
    print(results.get())


main()
