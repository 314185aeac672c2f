import threading
import time


class Worker(threading.Thread):
    def __init__(self, number):
        super().__init__(name=f"worker-{number}")
        self.number = number
        self.result = None

    def run(self):
        time.sleep(0.001)
        self.result = self.number * 2


def main():
    workers = [Worker(n) for n in range(3)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    print([worker.result for worker in workers], workers[0].name)


main()
