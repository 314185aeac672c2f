import threading
import time


def work():
    time.sleep(0.05)


def main():
    start = time.monotonic()
    threads = [threading.Thread(target=work) for _ in range(10)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    print(time.monotonic() - start < 0.4)


main()
